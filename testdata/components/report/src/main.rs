//! report IN OUT: counts the words of IN and of standard input, writes the commonest to OUT in
//! a directory of its own, and says what it has found. `report exit` exits with 3.
use std::{collections::HashMap, env, fs, io, io::Read, path::Path, process};

fn run(from: &Path, to: &Path) -> io::Result<()> {
    let mut text = fs::read_to_string(from)?;
    io::stdin().read_to_string(&mut text)?;
    let mut counts = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    let mut list: Vec<_> = counts.into_iter().collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let lines: Vec<_> = list.iter().take(5).map(|(w, n)| format!("{} {}\n", n, w)).collect();
    fs::create_dir_all(to.parent().unwrap())?;
    fs::write(to, lines.concat())?;
    println!("{} different words, {} bytes", list.len(), fs::metadata(to)?.len());
    let mut names: Vec<_> = fs::read_dir(to.parent().unwrap())?
        .map(|e| e.map(|e| e.file_name().into_string().unwrap()))
        .collect::<io::Result<_>>()?;
    names.sort();
    println!("{}", names.join(" "));
    Ok(())
}

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    println!("{:?} A={:?}", args, env::var("A").ok());
    match args.as_slice() {
        [word] if word == "exit" => process::exit(3),
        [from, to] => {
            if let Err(e) = run(Path::new(from), Path::new(to)) {
                eprintln!("report: {:?}", e.kind());
                process::exit(1)
            }
        }
        _ => panic!("two arguments are wanted"),
    }
}
