//! Names that are passed over when a folder or a pattern is read. Pure.

use super::chain::part;

/// Whether this part of a name hides the file. Names that begin with `_` or `.` are not data, by
/// the convention of Hadoop and Spark: markers (`_SUCCESS`), checksums (`.x.crc`), what is still
/// being written (`_temporary/`). The keys of S3 may hold `.` and `..` as names, which hide
/// nothing.
pub(super) fn is_hidden(component: &str) -> bool {
    component.starts_with(['_', '.']) && component != "." && component != ".."
}

pub(super) fn in_hidden(name: &str) -> bool {
    name.split('/').any(is_hidden)
}

/// Names that Emacs, Vim, nano, sed -i.bak and patch give to what was there before an edit. Whoever
/// reads them beside the edited file counts every record twice.
pub(super) fn is_backup(name: &str) -> bool {
    // What a worker has published is known by its manifest.
    if part(name).is_some() {
        return false;
    }
    let name = name.rsplit('/').next().unwrap_or(name);
    let ends = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
    ["~", ".bak", ".orig", ".swp"].into_iter().any(ends)
        || (name.len() > 2 && name.starts_with('#') && name.ends_with('#'))
}

#[cfg(test)]
mod tests {
    use super::is_hidden;

    #[test]
    fn names_that_begin_with_a_dot_or_underscore_are_hidden_but_the_dots_of_keys_are_not() {
        for name in [".git", "_SUCCESS", "_temporary", "..data", "...", "_"] {
            assert!(is_hidden(name), "{name}");
        }
        for name in [".", "..", "", "a.csv", "a_b"] {
            assert!(!is_hidden(name), "{name}");
        }
    }
}
