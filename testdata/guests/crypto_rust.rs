//! Signs its argument with a new key, and verifies the signature of it and of something else; then seals and opens it.
use std::{env, process::exit};

#[repr(C)]
struct Optional {
    none: u8,
    some: u32,
}

const NOTHING: Optional = Optional { none: 1, some: 0 };
const SIGNATURES: u32 = 0;
const VERIFICATION_FAILED: u16 = 10;

#[link(wasm_import_module = "wasi_ephemeral_crypto_asymmetric_common")]
extern "C" {
    fn keypair_generate(kind: u32, name: *const u8, len: usize, options: *const Optional, pair: *mut u32) -> u16;
    fn keypair_publickey(pair: u32, key: *mut u32) -> u16;
    fn keypair_close(pair: u32) -> u16;
}

#[link(wasm_import_module = "wasi_ephemeral_crypto_signatures")]
extern "C" {
    fn signature_state_open(pair: u32, state: *mut u32) -> u16;
    fn signature_state_update(state: u32, data: *const u8, len: usize) -> u16;
    fn signature_state_sign(state: u32, signature: *mut u32) -> u16;
    fn signature_verification_state_open(key: u32, state: *mut u32) -> u16;
    fn signature_verification_state_update(state: u32, data: *const u8, len: usize) -> u16;
    fn signature_verification_state_verify(state: u32, signature: u32) -> u16;
}

#[link(wasm_import_module = "wasi_ephemeral_crypto_symmetric")]
extern "C" {
    fn symmetric_key_generate(name: *const u8, len: usize, options: *const Optional, key: *mut u32) -> u16;
    fn symmetric_state_open(name: *const u8, len: usize, key: *const Optional, options: *const Optional, state: *mut u32) -> u16;
    fn symmetric_state_options_get(state: u32, name: *const u8, len: usize, to: *mut u8, room: usize, written: *mut usize) -> u16;
    fn symmetric_state_max_tag_len(state: u32, len: *mut usize) -> u16;
    fn symmetric_state_encrypt(state: u32, to: *mut u8, room: usize, data: *const u8, len: usize, written: *mut usize) -> u16;
    fn symmetric_state_decrypt(state: u32, to: *mut u8, room: usize, data: *const u8, len: usize, written: *mut usize) -> u16;
}

#[link(wasm_import_module = "wasi_ephemeral_crypto_common")]
extern "C" {
    fn options_open(kind: u32, options: *mut u32) -> u16;
    fn options_set(options: u32, name: *const u8, len: usize, value: *const u8, size: usize) -> u16;
}

fn must(what: &str, errno: u16) {
    if errno != 0 {
        eprintln!("{what}: errno {errno}");
        exit(1);
    }
}

/// verifies reports whether signature is one of text by the pair of key.
unsafe fn verifies(key: u32, signature: u32, text: &str) -> bool {
    let mut state = 0;
    must("open", signature_verification_state_open(key, &mut state));
    must("update", signature_verification_state_update(state, text.as_ptr(), text.len()));
    match signature_verification_state_verify(state, signature) {
        VERIFICATION_FAILED => false,
        errno => {
            must("verify", errno);
            true
        }
    }
}

fn main() {
    let text = env::args().nth(1).unwrap_or_default();
    let (mut pair, mut key, mut state, mut signature) = (0, 0, 0, 0);
    unsafe {
        must("keypair_generate", keypair_generate(SIGNATURES, "Ed25519".as_ptr(), 7, &NOTHING, &mut pair));
        must("keypair_publickey", keypair_publickey(pair, &mut key));
        must("signature_state_open", signature_state_open(pair, &mut state));
        must("signature_state_update", signature_state_update(state, text.as_ptr(), text.len()));
        must("signature_state_sign", signature_state_sign(state, &mut signature));
        must("keypair_close", keypair_close(pair));
        println!("signed: {}, something else: {}", verifies(key, signature, &text), verifies(key, signature, "else"));

        let name = "XChaCha20-Poly1305";
        let (mut secret, mut nonce, mut n, mut tag) = (0, [0u8; 24], 0, 0);
        must("symmetric_key_generate", symmetric_key_generate(name.as_ptr(), name.len(), &NOTHING, &mut secret));
        let with = Optional { none: 0, some: secret };
        must("symmetric_state_open", symmetric_state_open(name.as_ptr(), name.len(), &with, &NOTHING, &mut state));
        must("nonce", symmetric_state_options_get(state, "nonce".as_ptr(), 5, nonce.as_mut_ptr(), 24, &mut n));
        must("symmetric_state_max_tag_len", symmetric_state_max_tag_len(state, &mut tag));
        let mut sealed = vec![0u8; text.len() + tag];
        must("encrypt", symmetric_state_encrypt(state, sealed.as_mut_ptr(), sealed.len(), text.as_ptr(), text.len(), &mut n));

        let (mut options, mut opened) = (0, vec![0u8; text.len()]);
        must("options_open", options_open(1, &mut options));
        must("options_set", options_set(options, "nonce".as_ptr(), 5, nonce.as_ptr(), 24));
        let options = Optional { none: 0, some: options };
        must("symmetric_state_open", symmetric_state_open(name.as_ptr(), name.len(), &with, &options, &mut state));
        must("decrypt", symmetric_state_decrypt(state, opened.as_mut_ptr(), opened.len(), sealed.as_ptr(), sealed.len(), &mut n));
        println!("sealed in {} bytes, opened: {}", sealed.len(), String::from_utf8_lossy(&opened));
    }
}
