//! Which file of a crate imports which, by the paths that begin with `crate`, `super` or `self`.
//!
//! Kept simple: paths are read as text, without those of tests (behind `#[cfg(test)]`), and a path
//! that leads to a re-export counts as one to the file that is re-exported. What only macros or
//! globs would show is not seen.

use std::collections::{BTreeMap, BTreeSet};

use crate::files::File;

/// The modules of one crate: path (`a::b`, empty for the root) and file.
type Modules<'f> = BTreeMap<String, &'f File>;

/// The circles of imports of all crates, each as its files.
pub(crate) fn circles(files: &[File]) -> Vec<String> {
    let mut crates: BTreeMap<&str, Modules<'_>> = BTreeMap::new();
    for file in files {
        if let Some((krate, inside)) = file.path.split_once("/src/") {
            crates.entry(krate).or_default().insert(module_of(inside), file);
        }
    }
    crates.values().flat_map(circles_of).collect()
}

/// `a/b.rs`, `a/b/mod.rs` and `lib.rs` are the modules `a::b`, `a::b` and the root.
fn module_of(inside: &str) -> String {
    let name = inside.strip_suffix(".rs").unwrap_or(inside);
    let name = name.strip_suffix("/mod").unwrap_or(name);
    if ["lib", "main", "mod"].contains(&name) { String::new() } else { name.replace('/', "::") }
}

fn circles_of(modules: &Modules<'_>) -> Vec<String> {
    let edges: BTreeMap<&str, BTreeSet<String>> = modules
        .iter()
        .map(|(module, file)| (module.as_str(), imports(module, &file.text, modules)))
        .collect();
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|module| (*module, reachable(module, &edges))).collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut circles = Vec::new();
    for module in edges.keys() {
        if told.contains(module) || !reach[module].contains(module) {
            continue;
        }
        let circle: Vec<&str> = reach[module]
            .iter()
            .copied()
            .filter(|other| reach.get(other).is_some_and(|reach| reach.contains(module)))
            .collect();
        told.extend(&circle);
        let files: Vec<&str> = circle.iter().map(|module| modules[*module].path.as_str()).collect();
        circles.push(files.join(" <-> "));
    }
    circles
}

fn reachable<'e>(from: &str, edges: &'e BTreeMap<&str, BTreeSet<String>>) -> BTreeSet<&'e str> {
    let mut found = BTreeSet::new();
    let mut left: Vec<&str> = edges[from].iter().map(String::as_str).collect();
    while let Some(module) = left.pop() {
        if found.insert(module) {
            left.extend(edges.get(module).into_iter().flatten().map(String::as_str));
        }
    }
    found
}

/// The modules that a file imports from.
fn imports(module: &str, text: &str, modules: &Modules<'_>) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    let code: String = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n");
    let paths = paths(&code).into_iter().filter_map(|path| absolute(module, &path));
    paths.filter_map(|path| owner(&path, modules, 8)).filter(|owner| owner != module).collect()
}

/// Every path in the code that begins with `crate::`, `super::` or `self::`, one for each name in
/// braces.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || "_:$".contains(c)) {
                continue;
            }
            expand("", &code[at..], &mut found);
        }
    }
    found
}

/// Reads one path and appends what it stands for; returns the bytes read.
fn expand(prefix: &str, code: &str, found: &mut Vec<String>) -> usize {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let end = code.find(|c| !is_path(c)).unwrap_or(code.len());
    let path = format!("{prefix}{}", &code[..end]);
    if !path.ends_with("::") || !code[end..].starts_with('{') {
        found.push(path.trim_end_matches(':').to_owned());
        return end;
    }
    let mut at = end + 1;
    loop {
        at += code[at..].find(|c: char| !c.is_whitespace() && c != ',').unwrap_or(0);
        match code[at..].chars().next() {
            None => return at,
            Some('}') => return at + 1,
            Some(_) => {
                let read = expand(&path, &code[at..], found);
                // A name such as `x as _`, or a star: on to the next.
                let rest = code[at + read..].find([',', '}', '{']).unwrap_or(0);
                at += read + if code[at + read..].starts_with('{') { 1 } else { rest };
            }
        }
    }
}

/// The path from the root of the crate, without `crate`, `self` and `super`.
fn absolute(module: &str, path: &str) -> Option<String> {
    let mut base: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
    let mut parts = path.split("::").peekable();
    match *parts.peek()? {
        "crate" => {
            base.clear();
            parts.next();
        }
        "self" => drop(parts.next()),
        _ => {
            while parts.peek() == Some(&"super") {
                base.pop()?;
                parts.next();
            }
        }
    }
    base.extend(parts);
    Some(base.join("::"))
}

/// The module whose file defines what the path names, behind re-exports.
fn owner(path: &str, modules: &Modules<'_>, deepest: usize) -> Option<String> {
    let parts: Vec<&str> =
        path.split("::").filter(|part| !part.is_empty() && *part != "*").collect();
    let known = (0..=parts.len()).rev().find(|&n| modules.contains_key(&parts[..n].join("::")))?;
    let module = parts[..known].join("::");
    let Some(item) = parts.get(known) else { return Some(module) };
    let text = &modules[&module].text;
    let reexports = text.match_indices("pub use ").chain(text.match_indices("pub(crate) use "));
    for (at, keyword) in reexports.chain(text.match_indices("pub(super) use ")) {
        let mut exported = Vec::new();
        let code = &text[at + keyword.len()..];
        let code = &code[..code.find(';').unwrap_or(code.len())];
        expand("", code, &mut exported);
        let same = exported.iter().find(|path| path.rsplit("::").next() == Some(*item));
        if let (Some(path), true) = (same, deepest > 0) {
            let path = if path.starts_with("crate::") {
                absolute(&module, path)?
            } else {
                [module.as_str(), path].join("::").trim_start_matches(':').to_owned()
            };
            return owner(&path.replace("self::", ""), modules, deepest - 1);
        }
    }
    Some(module)
}
