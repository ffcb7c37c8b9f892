//! Reads and writes JSON made by a rule.
use serde_json::{json, Value};

fn main() {
    let records: u32 = std::env::args().nth(1).map_or(60_000, |a| a.parse().unwrap());
    let mut state = 2463534242u32;
    let mut list = Vec::new();
    for i in 0..records {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        list.push(json!({
            "id": i, "name": format!("n\u{e9}{state:x}\n"), "price": f64::from(state % 100_000) / 8.0,
            "tags": [state % 7, state % 11, null, true], "in": {"a": {"b": [[], {}, "\"quoted\""]}},
        }));
    }
    let mut text = Value::Array(list).to_string();
    for _ in 0..4 {
        let back: Value = serde_json::from_str(&text).unwrap();
        text = serde_json::to_string(&back).unwrap();
    }
    let back: Value = serde_json::from_str(&text).unwrap();
    let sum: f64 = back.as_array().unwrap().iter().map(|v| v["price"].as_f64().unwrap()).sum();
    println!("{} {} {}", text.len(), sum, back[records as usize - 1]["name"]);
}
