//! The two ways to an image.

use std::path::Path;

/// The stages behind the one that all workers share.
fn stages(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images").join(name);
    let text = std::fs::read_to_string(path).expect("it is there");
    let start = text.find("\nFROM scratch AS worker\n").expect("all workers share a stage");
    text[start..].to_owned()
}

#[test]
fn an_image_is_the_same_whoever_builds_the_binary() {
    let here = stages("Dockerfile");
    assert_eq!(here.matches("\nENTRYPOINT").count(), 4, "{here}");
    let inside =
        stages("Dockerfile.builder").replace("--from=build ", "").replace(" /binaries/", " ");
    assert_eq!(inside, here);
}

#[test]
fn the_builder_has_the_version_of_rust_that_the_workspace_needs() {
    let read = |path: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path))
            .unwrap()
    };
    let manifest = read("Cargo.toml");
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = \""))
        .unwrap()
        .trim_end_matches('"');
    let builder = read("images/Dockerfile.builder");
    assert!(builder.contains(&format!(" rust:{version}-")), "the workspace needs {version}");
}
