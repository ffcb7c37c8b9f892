//! Counts what regular expressions find in a log made by a rule.
use regex::Regex;

fn main() {
    let lines: u32 = std::env::args().nth(1).map_or(200_000, |a| a.parse().unwrap());
    let mut state = 2463534242u32;
    let mut text = String::new();
    for i in 0..lines {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [a, b, c, d] = state.to_be_bytes();
        text += &format!("{a}.{b}.{c}.{d} - user{} [26/Nov/2026:{:02}:{:02}:07] \"GET /p{:x}/{}.html HTTP/1.1\" {} {}\n",
            state % 100, i / 3600 % 24, i / 60 % 60, state, i % 17, if state % 9 == 0 { 404 } else { 200 }, state % 65536);
    }
    for pattern in [
        r"(?m)^\d+\.\d+\.\d+\.\d+ ",
        r#""GET /(p[0-9a-f]+)/(\d+)\.html[^"]*" 404 (\d+)"#,
        r"user(?:7|13|99) \[.*:1[0-9]:\d\d:",
        r"(?i)HTTP/1\.[01].{0,4}200",
        r"[a-f]{3}\d[a-f]{2}",
    ] {
        let re = Regex::new(pattern).unwrap();
        let (mut found, mut bytes) = (0usize, 0usize);
        for m in re.captures_iter(&text) {
            found += 1;
            bytes += m[m.len() - 1].len();
        }
        println!("{found} {bytes}");
    }
}
