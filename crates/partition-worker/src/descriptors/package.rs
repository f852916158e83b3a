//! A Data Package (version 1 or 2): which files a resource has, and how they are written.

use std::collections::BTreeMap;

use csv_records::translation::InputEncoding;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What a resource says of its files.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// Its files, below the folder of the descriptor.
    pub(crate) paths: Vec<String>,
    pub(crate) encoding: Option<InputEncoding>,
    pub(crate) dialect: Option<Described>,
    pub(crate) schema: Option<Described>,
    /// It is said to be TSV: a tab is its delimiter, if the dialect names none.
    pub(crate) tabs: bool,
}

/// A descriptor inside another one, or in a file of its own.
#[derive(Clone, Debug)]
pub(crate) enum Described {
    /// Its JSON, with numbers as they are written.
    Here(Box<RawValue>),
    /// The name of its file, below the folder of the package.
    File(String),
}

#[derive(Deserialize)]
struct Package {
    resources: Option<Vec<BTreeMap<String, Box<RawValue>>>>,
}

/// Properties of a resource that change what is read, and that nobody does here.
const NOT_DONE: [(&str, &str); 7] = [
    ("data", "data inside the descriptor is not read: write it to a file and give its path"),
    ("layout", "it is of an old version of Frictionless: say it in the dialect"),
    ("control", "it is of an old version of Frictionless: say it in the dialect"),
    ("controls", "it is of an old version of Frictionless: say it in the dialect"),
    ("innerpath", "files inside archives are not read: unpack it"),
    ("extrapaths", "give all files as an array in path"),
    ("jsonSchema", "it is not checked: take it out"),
];

impl Resource {
    /// The resource of this name, or the only one.
    ///
    /// # Errors
    ///
    /// If there is none or more than one, or if it says what is wrong or not done.
    pub(crate) fn read(package: &[u8], name: Option<&str>) -> Result<Resource, String> {
        let bytes = package.strip_prefix(b"\xef\xbb\xbf").unwrap_or(package);
        let package: Package = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let resources = package.resources.unwrap_or_default();
        let names: Vec<Option<String>> =
            resources.iter().map(|resource| text(resource, "name").ok().flatten()).collect();
        let known = || {
            let names: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
            if names.is_empty() { "it names none".to_owned() } else { names.join(", ") }
        };
        let found: Vec<usize> = match name {
            Some(name) => {
                (0..names.len()).filter(|at| names[*at].as_deref() == Some(name)).collect()
            }
            None => (0..names.len()).collect(),
        };
        match (&found[..], name) {
            ([at], _) => Resource::of(&resources[*at]),
            ([], Some(name)) => Err(format!("it has no resource {name:?}: there is {}", known())),
            ([], None) => Err("it has no resources".to_owned()),
            (_, Some(name)) => Err(format!("it has two resources {name:?}")),
            (_, None) => {
                Err(format!("it has several resources: name one by --resource: {}", known()))
            }
        }
    }

    fn of(resource: &BTreeMap<String, Box<RawValue>>) -> Result<Resource, String> {
        for (name, why) in NOT_DONE {
            if resource.get(name).is_some_and(|value| value.get() != "null") {
                return Err(format!("the resource has {name}: {why}"));
            }
        }
        let format = text(resource, "format")?.map(|format| format.to_ascii_lowercase());
        if let Some(format) = &format
            && !["csv", "tsv", "txt", "tab", "psv", "dsv"].contains(&format.as_str())
        {
            return Err(format!("the resource has the format {format:?}: convert it to CSV"));
        }
        let paths = paths(resource)?;
        let encoding = match text(resource, "encoding")? {
            None => None,
            Some(name) => Some(name.parse().map_err(|error| format!("encoding: {error}"))?),
        };
        Ok(Resource {
            paths,
            encoding,
            dialect: described(resource, "dialect")?,
            schema: described(resource, "schema")?,
            tabs: format.is_some_and(|format| ["tsv", "tab"].contains(&format.as_str())),
        })
    }
}

/// The member `path`: a name, or several.
fn paths(resource: &BTreeMap<String, Box<RawValue>>) -> Result<Vec<String>, String> {
    let raw = resource.get("path").map_or("null", |raw| raw.get());
    let paths: Vec<String> = match raw.starts_with('[') {
        true => serde_json::from_str(raw).map_err(|_| "path: give names of files".to_owned())?,
        false => text(resource, "path")?.into_iter().collect(),
    };
    if paths.is_empty() {
        return Err("the resource has no path: give the name of its file, or --input".to_owned());
    }
    for (number, path) in paths.iter().enumerate() {
        check_path(path)?;
        if paths[..number].contains(path) {
            return Err(format!("path has {path:?} twice: its records would be there twice"));
        }
    }
    Ok(paths)
}

/// Paths lead nowhere but below the descriptor, as the standard has it: it may be somebody else's.
fn check_path(path: &str) -> Result<(), String> {
    if path.contains("://") {
        return Err(format!(
            "{path:?} is an address: fetch the file first, and give it by --input"
        ));
    }
    let leads_out = path.starts_with(['/', '~', '\\'])
        || path.split(['/', '\\']).any(|part| part == "..")
        || path.is_empty();
    if leads_out {
        return Err(format!(
            "{path:?} does not lead below the folder of the package: give a path that does"
        ));
    }
    Ok(())
}

fn text(resource: &BTreeMap<String, Box<RawValue>>, name: &str) -> Result<Option<String>, String> {
    let raw = resource.get(name).map_or("null", |raw| raw.get());
    serde_json::from_str(raw).map_err(|_| format!("{name} is {raw}: give a text"))
}

fn described(
    resource: &BTreeMap<String, Box<RawValue>>,
    name: &str,
) -> Result<Option<Described>, String> {
    let Some(raw) = resource.get(name).filter(|raw| raw.get() != "null") else { return Ok(None) };
    if raw.get().starts_with('{') {
        return Ok(Some(Described::Here(raw.clone())));
    }
    let path: String = serde_json::from_str(raw.get())
        .map_err(|_| format!("{name} is neither an object nor the name of a file"))?;
    check_path(&path)?;
    Ok(Some(Described::File(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGE: &[u8] = br#"{"name": "bank", "resources": [
        {"name": "one", "path": "a/one.csv", "encoding": "ISO-8859-1", "format": "csv",
         "dialect": {"delimiter": ";"}, "schema": "schema.json"},
        {"name": "two", "path": ["2a.tsv", "2b.tsv"], "format": "tsv",
         "schema": {"fields": [{"name": "a", "constraints": {"minimum": 0.10}}]}}
    ]}"#;

    #[test]
    fn a_resource_is_found_by_its_name() {
        let one = Resource::read(PACKAGE, Some("one")).unwrap();
        assert_eq!(one.paths, ["a/one.csv"]);
        assert_eq!(one.encoding.unwrap().to_string(), "iso-8859-1");
        assert!(matches!(one.schema, Some(Described::File(path)) if path == "schema.json"));
        assert!(matches!(one.dialect, Some(Described::Here(_))));
        let two = Resource::read(PACKAGE, Some("two")).unwrap();
        assert_eq!((two.paths.len(), two.tabs, two.encoding), (2, true, None));
        let Some(Described::Here(schema)) = two.schema else { panic!("it is there") };
        assert!(schema.get().contains("0.10"), "digits are kept");
        assert!(Resource::read(PACKAGE, None).unwrap_err().contains("--resource: one, two"));
        assert!(Resource::read(PACKAGE, Some("three")).unwrap_err().contains("one, two"));
    }

    #[test]
    fn what_is_wrong_or_not_done_is_refused_by_name() {
        for (resource, says) in [
            (r#"{"data": [1]}"#, "data"),
            (r#"{}"#, "no path"),
            (r#"{"path": "../a.csv"}"#, "below the folder"),
            (r#"{"path": "/etc/passwd"}"#, "below the folder"),
            (r#"{"path": "http://x/a.csv"}"#, "address"),
            (r#"{"path": ["a.csv", "b/../../c.csv"]}"#, "below the folder"),
            (r#"{"path": "a.xlsx", "format": "xlsx"}"#, "xlsx"),
            (r#"{"path": "a.csv", "encoding": "utf-7"}"#, "encoding"),
            (r#"{"path": ["a.csv", "a.csv"]}"#, "twice"),
            (r#"{"path": "a.csv", "schema": 7}"#, "schema"),
            (r#"{"path": "a.csv", "schema": "../s.json"}"#, "below the folder"),
            (r#"{"path": "a.zip", "innerpath": "a.csv"}"#, "innerpath"),
        ] {
            let package = format!("{{\"resources\": [{resource}]}}");
            let wrong = Resource::read(package.as_bytes(), None).unwrap_err();
            assert!(wrong.contains(says), "{resource}: {wrong}");
        }
        assert!(Resource::read(b"{}", None).unwrap_err().contains("no resources"));
    }
}
