//! words: what the interface that it imports says of the lines of standard input.
use std::io::{self, BufRead};

wit_bindgen::generate!({ path: "../wit", world: "user" });

use test::pair::text::{analyse, Counter};

fn main() {
    let lines: Vec<String> = io::stdin().lock().lines().map(|l| l.unwrap()).collect();
    let counter = Counter::new(40);
    for line in &lines {
        println!("{}: {}", counter.next(), line);
    }
    println!("{:?} {:?}", analyse(&lines), Counter::of("näme"));
    let many: Vec<Counter> = (0..100).map(Counter::new).collect();
    println!("{}", many.iter().map(Counter::next).sum::<u32>());
    println!("{:?}", analyse(&["a\tb".to_string()]));
}
