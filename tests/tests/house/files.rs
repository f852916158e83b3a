//! The files of the repository that people write.

use std::path::Path;

/// A file, by its path below the root.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Folders of what the commands make: nobody writes there by hand.
const MADE: [&str; 3] = ["target", "demo-output", "corpus"];

/// All files in Rust, shell, Python and Lua, the Makefile and `.ci/run`, sorted by path.
pub(crate) fn repository_files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    collect(&root, "", &mut files);
    assert!(files.len() > 300, "only {} files below {}", files.len(), root.display());
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn collect(folder: &Path, below: &str, files: &mut Vec<File>) {
    for item in std::fs::read_dir(folder).expect("a folder of the repository") {
        let path = item.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let place = format!("{below}{name}");
        if path.is_dir() {
            let is_hidden = name.starts_with('.') && name != ".ci";
            if !MADE.contains(&name) && !is_hidden {
                collect(&path, &format!("{place}/"), files);
            }
        } else if is_written(&place) {
            let text = std::fs::read_to_string(&path).expect("what people write is UTF-8");
            files.push(File { path: place, text });
        }
    }
}

fn is_written(path: &str) -> bool {
    [".rs", ".sh", ".py", ".lua"].iter().any(|ending| path.ends_with(ending))
        || ["Makefile", ".ci/run"].contains(&path)
}
