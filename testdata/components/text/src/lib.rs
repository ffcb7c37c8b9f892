//! What words.wasm imports: an interface with strings, lists, records, results and a resource.
use std::cell::Cell;

wit_bindgen::generate!({ path: "../wit", world: "provider" });

use exports::test::pair::text::{Guest, GuestCounter, Stats};

struct Text;

pub struct Counter(Cell<u32>);

impl Guest for Text {
    type Counter = Counter;

    fn analyse(lines: Vec<String>) -> Result<Stats, String> {
        if let Some(line) = lines.iter().find(|l| l.contains('\t')) {
            return Err(format!("a tab in {:?}", line));
        }
        let words: Vec<&str> = lines.iter().flat_map(|l| l.split_whitespace()).collect();
        let mut longest: Option<&str> = None;
        for word in &words {
            if longest.map_or(true, |l| word.chars().count() > l.chars().count()) {
                longest = Some(word);
            }
        }
        Ok(Stats { words: words.len() as u32, longest: longest.map(str::to_string) })
    }
}

impl GuestCounter for Counter {
    fn new(start: u32) -> Self {
        Counter(Cell::new(start))
    }

    fn next(&self) -> u32 {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }

    fn of(name: String) -> (String, u32) {
        let n = name.len() as u32;
        (name + "!", n)
    }
}

export!(Text);
