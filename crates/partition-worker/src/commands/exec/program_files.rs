//! The files that a program is made of, as far as its command line names them. An earlier result
//! only holds if they are the same.
//!
//! `python3 rules.py`, `--rules=rules.json` and `sh -c 'jq -f rules.jq | sort'` name a program and
//! its rules. What a script imports, a module by its name (`-m rules`), a library and what is in
//! the environment cannot be seen from here; `--depends-on` and `--depends-on-env` name it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use worker_runtime::child::on_path;

/// Bytes of a file that are hashed, together with its size: a program is smaller, and a model of
/// several gigabytes should not be read twice by every pod.
const HASHED: u64 = 64 << 20;

/// What a file is to the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Machine code (ELF). Where a Job's nodes have different processors, so have its pods' images:
    /// the partitions of one run may differ in it.
    Binary,
    /// Anything else, such as a script: the same for all partitions of a run.
    File,
}

/// A file's part in the fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProgramFile {
    pub(crate) kind: Kind,
    /// BLAKE3 of its contents.
    pub(crate) hash: String,
}

/// The files named by `arguments` (the program first), and those that `depends_on` names. `path` is
/// the variable `PATH`. Times do not count: a rebuilt image changes them.
pub(crate) fn files_of(
    arguments: &[String],
    depends_on: &[PathBuf],
    path: &str,
) -> io::Result<BTreeMap<String, ProgramFile>> {
    let mut found = BTreeMap::new();
    for file in depends_on {
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
        found.insert(file.display().to_string(), hash(file).map_err(named)?);
    }
    for (number, argument) in arguments.iter().enumerate() {
        // A script has blanks; a word of it may be a program's name as the first argument is.
        let is_script = argument.contains(char::is_whitespace);
        for word in words(argument) {
            let file = if !word.contains('/') && (number == 0 || is_script) {
                on_path(word, path)
            } else {
                None
            };
            let file = file.unwrap_or_else(|| PathBuf::from(word));
            if !found.contains_key(word)
                && file.is_file()
                // What cannot be read (an executable of mode 0111) is known by its name alone.
                && let Ok(hash) = hash(&file)
            {
                found.insert(word.to_owned(), hash);
            }
        }
    }
    Ok(found)
}

/// The argument itself, what is behind its `=`, and the words of a script.
fn words(argument: &str) -> impl Iterator<Item = &str> {
    let is_between = |c: char| c.is_whitespace() || "'\"`;|&<>()=$,".contains(c);
    let words = std::iter::once(argument).chain(argument.split(is_between));
    words
        .flat_map(|word| [Some(word), behind_letter(word)])
        .flatten()
        .filter(|word| !word.is_empty())
}

/// The file of `-fFILE` (POSIX, Utility Syntax Guidelines), `@FILE` and `name:FILE`.
fn behind_letter(word: &str) -> Option<&str> {
    match word.as_bytes() {
        [b'-', letter, ..] if letter.is_ascii_alphabetic() => word.get(2..),
        [b'@', ..] => word.get(1..),
        _ => word.split_once(':').map(|(_, file)| file),
    }
}

fn hash(file: &Path) -> io::Result<ProgramFile> {
    let file = File::open(file)?;
    let size = file.metadata()?.len();
    let mut hasher = blake3::Hasher::new();
    let mut magic = Vec::new();
    (&file).take(4).read_to_end(&mut magic)?;
    hasher.update(&magic);
    let mut buffer = vec![0; 256 * 1024];
    let mut rest = file.take(HASHED - magic.len() as u64);
    loop {
        match rest.read(&mut buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        };
    }
    let whole = if size > HASHED {
        format!(" of the first {HASHED} of {size} bytes")
    } else {
        String::new()
    };
    let kind = if magic == b"\x7fELF" { Kind::Binary } else { Kind::File };
    Ok(ProgramFile { kind, hash: format!("{}{whole}", hasher.finalize()) })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_program_its_script_and_the_words_of_a_shell_line_are_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        for (name, mode) in
            [("tool", 0o755), ("rules.py", 0o644), ("b.json", 0o644), ("tool.txt", 0o644)]
        {
            std::fs::write(at(name), name).unwrap();
            std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let names = |arguments: &[&str]| {
            let arguments: Vec<String> =
                arguments.iter().map(|argument| (*argument).to_owned()).collect();
            let files =
                files_of(&arguments, &[], &format!("/absent:{}", folder.path().display())).unwrap();
            files.into_keys().map(|name| name.replace(&at(""), "")).collect::<Vec<_>>()
        };
        assert_eq!(
            names(&["tool", &at("rules.py"), &format!("--rules={}", at("b.json"))]),
            ["b.json", "rules.py", "tool"]
        );
        for argument in [
            format!("-f{}", at("b.json")),
            format!("@{}", at("b.json")),
            format!("rules:{}", at("b.json")),
        ] {
            assert_eq!(names(&["absent", &argument]), ["b.json"], "{argument}");
            assert_eq!(
                names(&["absent", "-c", &format!("cat | nice sed {argument}")]),
                ["b.json"],
                "{argument}"
            );
        }
        assert_eq!(names(&["/bin/absent", "tool"]), [""; 0]);
        assert_eq!(
            names(&["absent", "-c", &format!("tool '{}'|absent >x", at("rules.py"))]),
            ["rules.py", "tool"]
        );
        assert_eq!(names(&["tool.txt", &at("")]), [""; 0]);
        std::fs::write(at("elf"), b"\x7fELF\x02").unwrap();
        let files = files_of(&[], &[at("elf").into(), at("rules.py").into()], "").unwrap();
        assert_eq!(
            files.values().map(|file| file.kind).collect::<Vec<_>>(),
            [Kind::Binary, Kind::File]
        );
        assert_eq!(files[&at("elf")].hash, blake3::hash(b"\x7fELF\x02").to_string());
        let absent = files_of(&[], &[at("absent").into()], "").unwrap_err().to_string();
        assert!(absent.contains("absent"), "{absent}");
    }
}
