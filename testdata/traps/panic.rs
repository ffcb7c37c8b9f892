// A slice that is indexed outside its bounds, in a function that is inlined into another. There is
// no standard library in it, as that would be most of the module.
#![no_std]
#![no_main]

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

#[inline(always)]
fn largest(values: &[u32]) -> u32 {
    let mut best = values[0];
    for &v in values {
        best = best.max(v);
    }
    best
}

#[inline(never)]
fn largest_behind(values: &[u32], at: usize) -> u32 {
    largest(&values[at..])
}

#[no_mangle]
extern "C" fn _start() {
    let values = core::hint::black_box([3, 5]);
    core::hint::black_box(largest_behind(&values, 1) + largest_behind(&values, 2));
}
