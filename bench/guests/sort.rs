//! sort LOAD ALGORITHM: reads the file LOAD into a vector of characters, sorts it with bubble, merge or
//! quick sort (none of them recursive) and writes the result back to LOAD.sorted.
use std::{env, fs, io, process};

fn bubble(v: &mut [char]) {
    let mut end = v.len();
    while end > 1 {
        let mut last = 0;
        for i in 1..end {
            if v[i - 1] > v[i] {
                v.swap(i - 1, i);
                last = i;
            }
        }
        end = last;
    }
}

/// Merges runs of doubling width from one vector into the other, and back.
fn merge(v: &mut Vec<char>) {
    let n = v.len();
    let mut out = v.clone();
    let mut width = 1;
    while width < n {
        let mut start = 0;
        while start < n {
            let mid = (start + width).min(n);
            let end = (start + 2 * width).min(n);
            let (mut a, mut b) = (start, mid);
            for k in start..end {
                if a < mid && (b >= end || v[a] <= v[b]) {
                    out[k] = v[a];
                    a += 1;
                } else {
                    out[k] = v[b];
                    b += 1;
                }
            }
            start = end;
        }
        std::mem::swap(v, &mut out);
        width *= 2;
    }
}

/// Hoare's partition around the middle element; the larger side waits on an explicit stack.
fn quick(v: &mut [char]) {
    let mut waiting = vec![(0, v.len())];
    while let Some((mut low, mut high)) = waiting.pop() {
        while high - low > 1 {
            let pivot = v[low + (high - low) / 2];
            let (mut i, mut j) = (low, high - 1);
            loop {
                while v[i] < pivot {
                    i += 1;
                }
                while v[j] > pivot {
                    j -= 1;
                }
                if i >= j {
                    break;
                }
                v.swap(i, j);
                i += 1;
                j -= 1;
            }
            // v[..split] <= pivot <= v[split..]; neither side is empty unless the other has one element
            let split = if i == low { low + 1 } else { i };
            if split - low > high - split {
                waiting.push((low, split));
                low = split;
            } else {
                waiting.push((split, high));
                high = split;
            }
        }
    }
}

fn run(load: &str, algorithm: &str) -> io::Result<()> {
    let mut v: Vec<char> = fs::read_to_string(load)?.chars().collect();
    match algorithm {
        "bubble" => bubble(&mut v),
        "merge" => merge(&mut v),
        "quick" => quick(&mut v),
        _ => {
            let text = format!("{} is none of bubble, merge, quick", algorithm);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
    }
    fs::write(format!("{}.sorted", load), v.into_iter().collect::<String>())
}

fn main() {
    let args: Vec<String> = env::args().collect();
    if args.len() != 3 {
        eprintln!("usage: sort LOAD bubble|merge|quick");
        process::exit(2)
    }
    if let Err(e) = run(&args[1], &args[2]) {
        eprintln!("sort: {}: {}", args[1], e);
        process::exit(1)
    }
}
