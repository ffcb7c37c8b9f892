package mock

// modules are the mocks. What a plugin has beyond its mock does not link.
var modules = [...]Module{
	{name: "wasi_ephemeral_nn", plugin: "WASI-NN", functions: `
		load iiiii
		init_execution_context ii
		set_input iii
		get_output iiiii
		compute i
	`},
	{name: "wasi_ephemeral_crypto_common", plugin: "WASI-Crypto", functions: `
		array_output_len ii
		array_output_pull iiii
		options_open ii
		options_close i
		options_set iiiii
		options_set_u64 iiiI
		options_set_guest_buffer iiiii
		secrets_manager_open ii
		secrets_manager_close i
		secrets_manager_invalidate iiiI
	`},
	{name: "wasi_ephemeral_crypto_asymmetric_common", plugin: "WASI-Crypto", functions: `
		keypair_generate iiiii
		keypair_import iiiiiii
		keypair_generate_managed iiiiii
		keypair_store_managed iiii
		keypair_replace_managed iiii
		keypair_id iiiii
		keypair_from_id iiiIi
		keypair_from_pk_and_sk iii
		keypair_export iii
		keypair_publickey ii
		keypair_secretkey ii
		keypair_close i
		publickey_import iiiiiii
		publickey_export iii
		publickey_verify i
		publickey_from_secretkey ii
		publickey_close i
		secretkey_import iiiiiii
		secretkey_export iii
		secretkey_close i
	`},
	{name: "wasi_ephemeral_crypto_kx", plugin: "WASI-Crypto", functions: `
		kx_dh iii
		kx_encapsulate iii
		kx_decapsulate iiii
	`},
	{name: "wasi_ephemeral_crypto_signatures", plugin: "WASI-Crypto", functions: `
		signature_export iii
		signature_import iiiiii
		signature_state_open ii
		signature_state_update iii
		signature_state_sign ii
		signature_state_close i
		signature_verification_state_open ii
		signature_verification_state_update iii
		signature_verification_state_verify ii
		signature_verification_state_close i
		signature_close i
	`},
	{name: "wasi_ephemeral_crypto_symmetric", plugin: "WASI-Crypto", functions: `
		symmetric_key_generate iiii
		symmetric_key_import iiiii
		symmetric_key_export ii
		symmetric_key_close i
		symmetric_key_generate_managed iiiii
		symmetric_key_store_managed iiii
		symmetric_key_replace_managed iiii
		symmetric_key_id iiiii
		symmetric_key_from_id iiiIi
		symmetric_state_open iiiii
		symmetric_state_clone ii
		symmetric_state_options_get iiiiii
		symmetric_state_options_get_u64 iiii
		symmetric_state_close i
		symmetric_state_absorb iii
		symmetric_state_squeeze iii
		symmetric_state_squeeze_tag ii
		symmetric_state_squeeze_key iiii
		symmetric_state_max_tag_len ii
		symmetric_state_encrypt iiiiii
		symmetric_state_encrypt_detached iiiiii
		symmetric_state_decrypt iiiiii
		symmetric_state_decrypt_detached iiiiiiii
		symmetric_state_ratchet i
		symmetric_tag_len ii
		symmetric_tag_pull iiii
		symmetric_tag_verify iii
		symmetric_tag_close i
	`},
	{name: "wasmedge_process", plugin: "WasmEdge-Process", fatal: true, functions: `
		wasmedge_process_set_prog_name (ii)
		wasmedge_process_add_arg (ii)
		wasmedge_process_add_env (iiii)
		wasmedge_process_add_stdin (ii)
		wasmedge_process_set_timeout (i)
		wasmedge_process_run
		wasmedge_process_get_exit_code
		wasmedge_process_get_stdout_len
		wasmedge_process_get_stdout (i)
		wasmedge_process_get_stderr_len
		wasmedge_process_get_stderr (i)
	`},
	{name: "wasi:logging/logging", plugin: "wasi-logging", fatal: true, functions: `
		log (iiiii)
	`},
	{name: "wasmedge_tensorflow", plugin: "WasmEdge-Tensorflow", functions: `
		create_session iii
		delete_session i
		run_session i
		get_output_tensor iiii
		get_tensor_len iii
		get_tensor_data iiiii
		append_input iiiiiiii
		append_output iii
		clear_input i
		clear_output i
	`},
	{name: "wasmedge_tensorflowlite", plugin: "WasmEdge-TensorflowLite", functions: `
		create_session iii
		delete_session i
		run_session i
		get_output_tensor iiii
		get_tensor_len iii
		get_tensor_data iiiii
		append_input iiiiii
	`},
	{name: "wasmedge_image", plugin: "WasmEdge-Image", functions: `
		load_jpg iiiiiii
		load_png iiiiiii
		load_image iiiiiii
	`},
	{name: "wasmedge_stablediffusion", plugin: "WasmEdge-Stable-Diffusion", functions: `
		create_context iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii
		text_to_image iiiiiiifiiifiiiiffiiiiiiiiiiii
		image_to_image iiifiiiiiiiiifiifiiffiiiiiiiiiiii
		convert iiiiiii
	`},
}
