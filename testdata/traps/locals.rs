// An index out of bounds, with variables of Rust's. Without the standard library.
#![no_std]
#![no_main]

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

struct Tally {
    seen: u16,
    ratio: f32,
}

#[inline(never)]
fn pick(values: &[u32; 4], tally: &Tally, at: usize) -> u32 {
    let doubled = (tally.seen as usize) * 2;
    let negative: i64 = -9;
    values[at + doubled + (negative == 0) as usize]
}

#[no_mangle]
extern "C" fn run(n: u32) -> u32 {
    let tally = Tally { seen: 20, ratio: 0.25 };
    let values = [1, 2, 3, n];
    pick(&values, &tally, tally.ratio as usize + n as usize)
}
