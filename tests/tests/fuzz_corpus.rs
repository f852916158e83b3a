//! The laws of the fuzz targets over their corpus: what fuzzing once found interesting, minimised.

use std::path::Path;

#[path = "../fuzz/laws/lines.rs"]
mod lines;
#[path = "../fuzz/laws/log.rs"]
mod log;
#[path = "../fuzz/laws/log_format.rs"]
mod log_format;
#[path = "../fuzz/laws/state.rs"]
mod state;

fn replay(target: &str, law: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = std::fs::read_dir(&folder).expect("there is a corpus");
    let mut replayed = 0;
    for file in files {
        law(&std::fs::read(file.expect("it can be listed").path()).expect("it can be read"));
        replayed += 1;
    }
    assert!(replayed > 10, "{replayed} files in {}", folder.display());
}

#[test]
fn the_law_of_lines_holds_over_the_corpus() {
    replay("lines", lines::holds);
}

#[test]
fn the_law_of_log_formats_holds_over_the_corpus() {
    replay("log_format", log_format::holds);
}

#[test]
fn the_law_of_logs_holds_over_the_corpus() {
    replay("log", log::holds);
}

#[test]
fn the_law_of_states_holds_over_the_corpus() {
    replay("state", state::holds);
}
