//! A document of the repository, or the part of one between two markers, that must be as expected.

use std::path::{Path, PathBuf};

/// With this variable set, what would otherwise be compared is written.
const UPDATE: &str = "UPDATE_REFERENCE";

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Compares a file with the text that it should hold, or writes it with `UPDATE_REFERENCE=1`.
///
/// # Panics
///
/// When they differ.
#[track_caller]
pub fn assert_text(path: &Path, expected: &str) {
    if std::env::var_os(UPDATE).is_some() {
        std::fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .expect("it can be made");
        return std::fs::write(path, expected).expect("it can be written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is out of date: run the tests with {UPDATE}=1 once\n{expected}",
        path.display()
    );
}

/// Compares the sections of a document, each between the lines `<!-- name -->` and
/// `<!-- /name -->`, with the texts that they should hold, or writes them with
/// `UPDATE_REFERENCE=1`.
///
/// # Panics
///
/// When they differ, or a section is not there.
#[track_caller]
pub fn assert_sections(path: &Path, sections: &[(&str, String)]) {
    let document = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
    let expected =
        sections.iter().fold(document, |text, (name, body)| with_section(&text, name, body));
    assert_text(path, &expected);
}

fn with_section(text: &str, name: &str, body: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&begin).expect("the document has the section");
    let (_, after) = rest.split_once(&end).expect("the section ends");
    format!("{before}{begin}{body}{end}{after}")
}
