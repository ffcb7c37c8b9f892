//! compose SOCKET PLUG OUT: what PLUG exports is what SOCKET imports of the same name.
use wac_graph::{plug, types::Package, CompositionGraph, EncodeOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let mut graph = CompositionGraph::new();
    let mut register = |graph: &mut CompositionGraph, name: &str, path: &str| -> Result<_, Box<dyn std::error::Error>> {
        let package = Package::from_file(name, None, path, graph.types_mut())?;
        Ok(graph.register_package(package)?)
    };
    let socket = register(&mut graph, "test:socket", &args[1])?;
    let plugged = register(&mut graph, "test:plug", &args[2])?;
    plug(&mut graph, vec![plugged], socket)?;
    std::fs::write(&args[3], graph.encode(EncodeOptions::default())?)?;
    Ok(())
}
