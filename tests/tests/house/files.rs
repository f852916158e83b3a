//! The files of the repository that people write.

use std::path::Path;
use std::process::Command;

/// A file, by its path below the root.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// All files in Rust, shell, Python and Lua, and the Makefile, as far as git knows them: in a
/// source tree without git there is nothing to check.
pub(crate) fn repository_files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"])
        .args(["*.rs", "*.sh", "*.py", "*.lua", "Makefile", ".ci/run"])
        .current_dir(&root)
        .output();
    let Some(listed) = listed.ok().filter(|listed| listed.status.success()) else {
        return Vec::new();
    };
    let names = String::from_utf8(listed.stdout).expect("names are UTF-8");
    let read = |name: &str| {
        // One that was removed and is still in git's index.
        let text = std::fs::read_to_string(root.join(name)).ok()?;
        Some(File { path: name.to_owned(), text })
    };
    names.split_terminator('\0').filter_map(read).collect()
}
