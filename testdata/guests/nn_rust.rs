//! Gives numbers to a model with one input and one output, each a vector of 32-bit floating-point numbers:
//!
//!     nn_rust MODEL NUMBER...
//!
//! MODEL is a file, or NAME: for one that --nn-preload names.
use std::{env, fs, process::exit};

#[repr(C)]
struct Part {
    bytes: *const u8,
    len: usize,
}

#[repr(C)]
struct Tensor {
    dims: *const u32,
    rank: usize,
    kind: u32,
    data: *const u8,
    len: usize,
}

const ONNX: u32 = 1;
const CPU: u32 = 0;
const F32: u32 = 1;

#[link(wasm_import_module = "wasi_ephemeral_nn")]
extern "C" {
    fn load(parts: *const Part, count: usize, encoding: u32, device: u32, graph: *mut u32) -> u32;
    fn load_by_name(name: *const u8, len: usize, graph: *mut u32) -> u32;
    fn init_execution_context(graph: u32, context: *mut u32) -> u32;
    fn set_input(context: u32, index: u32, tensor: *const Tensor) -> u32;
    fn compute(context: u32) -> u32;
    fn get_output(context: u32, index: u32, to: *mut u8, room: usize, written: *mut usize) -> u32;
    fn finalize_execution_context(context: u32) -> u32;
    fn unload(graph: u32) -> u32;
}

fn must(what: &str, error: u32) {
    if error != 0 {
        eprintln!("{what}: error {error}");
        exit(1);
    }
}

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    if args.is_empty() {
        eprintln!("usage: nn_rust MODEL NUMBER...");
        exit(2);
    }
    let (model, numbers) = (&args[0], &args[1..]);
    let input: Vec<f32> = numbers.iter().map(|n| n.parse().expect("a number")).collect();
    let (mut graph, mut context, mut written) = (0, 0, 0);
    let mut output = vec![0f32; 1024];
    unsafe {
        if let Some(name) = model.strip_suffix(':') {
            must("load_by_name", load_by_name(name.as_ptr(), name.len(), &mut graph));
        } else {
            let file = fs::read(model).expect("the model");
            let part = Part { bytes: file.as_ptr(), len: file.len() };
            must("load", load(&part, 1, ONNX, CPU, &mut graph));
        }
        must("init_execution_context", init_execution_context(graph, &mut context));
        let dims = [input.len() as u32];
        let tensor = Tensor { dims: dims.as_ptr(), rank: 1, kind: F32, data: input.as_ptr().cast(), len: 4 * input.len() };
        must("set_input", set_input(context, 0, &tensor));
        must("compute", compute(context));
        must("get_output", get_output(context, 0, output.as_mut_ptr().cast(), 4 * output.len(), &mut written));
        must("finalize_execution_context", finalize_execution_context(context));
        must("unload", unload(graph));
    }
    println!("{:?}", &output[..written / 4]);
}
