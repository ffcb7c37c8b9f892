// Threads of Rust's standard library: scoped threads, channels, locks, a barrier, a pool of
// workers, values of threads' own, and a thread that panics.
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;

thread_local!(static OWN: Cell<u32> = const { Cell::new(1) });

fn main() {
    let mut numbers: Vec<u64> = (0..100_000).collect();
    thread::scope(|s| {
        for part in numbers.chunks_mut(25_000) {
            s.spawn(move || part.iter_mut().for_each(|n| *n *= 2));
        }
    });
    println!("scoped {}", numbers.iter().sum::<u64>());

    let (send, receive) = mpsc::channel();
    let workers: Vec<_> = (0..8u32)
        .map(|n| {
            let send = send.clone();
            thread::spawn(move || {
                for i in 0..1000 {
                    send.send(n * i).unwrap();
                }
            })
        })
        .collect();
    drop(send);
    println!("received {}", receive.iter().map(u64::from).sum::<u64>());
    workers.into_iter().for_each(|w| w.join().unwrap());

    let total = Arc::new(Mutex::new(0u64));
    let shared = Arc::new(RwLock::new(vec![1u64; 16]));
    let barrier = Arc::new(Barrier::new(4));
    let leaders = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..4u32)
        .map(|n| {
            let (total, shared, barrier, leaders) = (total.clone(), shared.clone(), barrier.clone(), leaders.clone());
            thread::spawn(move || {
                OWN.set(OWN.get() + n);
                for _ in 0..100 {
                    if barrier.wait().is_leader() {
                        leaders.fetch_add(1, Ordering::Relaxed);
                        shared.write().unwrap()[n as usize] += 1;
                    }
                    *total.lock().unwrap() += shared.read().unwrap().len() as u64;
                }
                OWN.get()
            })
        })
        .collect();
    let own: u32 = workers.into_iter().map(|w| w.join().unwrap()).sum();
    println!("total {} leaders {} own {} here {}", total.lock().unwrap(), leaders.load(Ordering::Relaxed), own, OWN.get());

    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let other = pair.clone();
    let waiter = thread::spawn(move || {
        let mut ready = other.0.lock().unwrap();
        while !*ready {
            ready = other.1.wait(ready).unwrap();
        }
        "woken"
    });
    *pair.0.lock().unwrap() = true;
    pair.1.notify_all();
    println!("{}", waiter.join().unwrap());
}
