//! files_rust DIR: makes, lists, renames, reads and removes files beneath DIR.
use std::{env, fs, io, path::Path, process};

fn run(dir: &Path) -> io::Result<()> {
    let sub = dir.join("made");
    fs::create_dir(&sub)?;
    for i in 0..3 {
        fs::write(sub.join(format!("file{}", i)), "x".repeat(i * 10))?;
    }
    fs::rename(sub.join("file0"), sub.join("renamed"))?;
    let mut names: Vec<String> = fs::read_dir(&sub)?
        .map(|e| Ok(e?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<_>>()?;
    names.sort();
    for name in &names {
        let text = fs::read_to_string(sub.join(name))?;
        println!("{} {}", name, text.len());
    }
    for name in &names {
        fs::remove_file(sub.join(name))?;
    }
    fs::remove_dir(&sub)?;
    match fs::metadata(&sub) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        _ => Err(io::Error::new(io::ErrorKind::Other, "directory is still there")),
    }
}

fn main() {
    let dir = match env::args().nth(1) {
        Some(d) => d,
        None => {
            eprintln!("usage: files_rust DIR");
            process::exit(2)
        }
    };
    if let Err(e) = run(Path::new(&dir)) {
        eprintln!("files_rust: {}", e);
        process::exit(1)
    }
}
