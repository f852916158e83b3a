//! Whether one location lies below another, whatever they are called.

use std::path::{Component, Path, PathBuf};

use object_storage::Location;

/// Whether `location` is `folder` or lies below it. Local paths are compared with their links
/// resolved, also where the end of them is not there yet; keys of objects part by part.
pub fn lies_within(location: &Location, folder: &Location) -> bool {
    below(location, folder).is_some()
}

/// The name of `location` below `folder`, empty where they are the same; `None` where it lies
/// elsewhere.
pub fn below(location: &Location, folder: &Location) -> Option<String> {
    match (location, folder) {
        (Location::Local(path), Location::Local(folder)) => {
            let (path, folder) = (resolved(path), resolved(folder));
            Some(path.strip_prefix(folder).ok()?.to_string_lossy().into_owned())
        }
        (Location::S3 { bucket, key }, Location::S3 { bucket: other, key: prefix }) => {
            let (key, prefix) = (key.trim_end_matches('/'), prefix.trim_end_matches('/'));
            let rest = (bucket == other).then(|| key.strip_prefix(prefix))??;
            let whole_parts = prefix.is_empty() || rest.is_empty() || rest.starts_with('/');
            whole_parts.then(|| rest.trim_start_matches('/').to_owned())
        }
        _ => None,
    }
}

/// The path without links, `.` and `..`, as far as it is there; what is not there yet cannot be a
/// link.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut missing: Vec<Component<'_>> = Vec::new();
    let mut there = absolute.as_path();
    loop {
        if let Ok(real) = there.canonicalize() {
            return missing.into_iter().rev().fold(real, |mut path, part| {
                match part {
                    Component::ParentDir => {
                        path.pop();
                    }
                    part => path.push(part),
                }
                path
            });
        }
        let (Some(parent), Some(part)) = (there.parent(), there.components().next_back()) else {
            return absolute;
        };
        missing.push(part);
        there = parent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(name: &str) -> Location {
        name.parse().unwrap()
    }

    #[test]
    fn keys_are_compared_part_by_part() {
        let name = |location, folder| below(&s3(location), &s3(folder));
        assert_eq!(name("s3://b/in/out/", "s3://b/in/").as_deref(), Some("out"));
        assert_eq!(name("s3://b/in", "s3://b/in/").as_deref(), Some(""));
        assert_eq!(name("s3://b/x/y", "s3://b/").as_deref(), Some("x/y"));
        assert_eq!(name("s3://b/input2/", "s3://b/input"), None);
        assert_eq!(name("s3://c/in/out/", "s3://b/in/"), None);
        assert_eq!(below(&s3("in/out"), &s3("s3://b/in/")), None);
    }

    #[test]
    fn paths_are_compared_with_their_links_resolved() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| Location::Local(folder.path().join(name));
        std::fs::create_dir_all(folder.path().join("in/sub")).unwrap();
        std::os::unix::fs::symlink("in/sub", folder.path().join("link")).unwrap();
        for (location, expected) in [
            ("in", Some("")),
            ("in/", Some("")),
            ("in/not/yet", Some("not/yet")),
            ("in/../in/x", Some("x")),
            ("in/new/../x", Some("x")),
            ("link/out", Some("sub/out")),
            ("link/..", Some("")),
            ("input", None),
            ("in/..", None),
            ("out", None),
        ] {
            assert_eq!(below(&path(location), &path("in")).as_deref(), expected, "{location}");
        }
        assert!(lies_within(&path("in/sub/out"), &path("link")));
    }
}
