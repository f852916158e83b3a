//! Which files are data where a worker has published to a folder: its manifests say so.

use std::collections::{BTreeMap, BTreeSet};

use object_storage::{Location, Storage};

use super::chain::{DUPLICATES, Listed, Published, Wanted, folders, part, select};
use super::listing::NamedFile;
use crate::error::Error;
use crate::manifest::{LARGEST_JSON, MANIFEST_NAME};
use crate::output::{LARGEST_OF_WHOLE, WholeManifest};

/// Manifests that are read at once.
const AT_ONCE: usize = 16;

/// The data among the files that match, by the manifests where a worker has published them.
pub(super) fn data(
    storage: &Storage,
    folder: &Location,
    files: Vec<NamedFile>,
    matches: impl Fn(&str) -> bool,
    named: impl Fn(&str) -> bool,
) -> Result<Vec<NamedFile>, Error> {
    // The folder may itself be a partition's, or lie in one.
    let base = folder.to_string();
    let (root, prefix) = root(&base);
    let names: Vec<String> = files.iter().map(|file| format!("{prefix}{}", file.name)).collect();
    let all = folders(names.iter().map(String::as_str));
    let matching = names
        .iter()
        .zip(&files)
        .filter(|(_, file)| matches(&file.name))
        .map(|(name, _)| name.as_str());
    let some =
        matching.filter_map(part).map(|(part, _)| part).filter(|part| all.contains(part)).collect();
    let wanted = Wanted { all: &all, some, alone: !prefix.is_empty() };
    let parts: Vec<String> = wanted.some.iter().map(|part| (*part).to_owned()).collect();
    let root = if prefix.is_empty() { folder.clone() } else { root.parse()? };
    let manifests = manifests(storage, &root, &parts)?;
    let listed: Vec<Listed<'_>> =
        names.iter().zip(&files).map(|(name, file)| (name.as_str(), file.entry.size)).collect();
    let kept = select(&listed, &wanted, &manifests, named)
        .map_err(|problem| Error::Unfinished { input: base.clone(), problem })?;
    let data = files.into_iter().zip(kept).filter(|(file, kept)| *kept && matches(&file.name));
    let data: Vec<NamedFile> = data.map(|(file, _)| file).collect();
    if !wanted.some.is_empty() {
        let beside = format!("{}{DUPLICATES}", prefix_of_whole(&wanted.some));
        if prefix.is_empty() && names.contains(&beside) {
            look_for_duplicates(storage, &root.join(&beside)?, &base)?;
        }
        tracing::info!(
            partitions = manifests.len(),
            files = data.len(),
            "the input was published by a worker: what its manifests list is read, without \
             summaries and rejected records"
        );
    }
    Ok(data)
}

/// How names begin that stand beside the partitions' folders.
fn prefix_of_whole(parts: &BTreeSet<&str>) -> String {
    let first = parts.first().copied().unwrap_or_default();
    first.rsplit_once('/').map_or_else(String::new, |(parent, _)| format!("{parent}/"))
}

/// Says what must be left out of a dataset whose finish has listed duplicates, and refuses one that
/// has too many of them.
fn look_for_duplicates(storage: &Storage, list: &Location, input: &str) -> Result<(), Error> {
    let text = list.to_string();
    let folder = text.strip_suffix(DUPLICATES).unwrap_or(&text);
    let at = format!("{folder}{MANIFEST_NAME}").parse()?;
    let manifest = storage.read_if_present(&at, LARGEST_OF_WHOLE)?;
    let manifest = manifest.and_then(|bytes| serde_json::from_slice::<WholeManifest>(&bytes).ok());
    let Some(manifest) = manifest else {
        let problem = format!(
            "{DUPLICATES} is there, and no {MANIFEST_NAME} beside it: the whole has too many \
             duplicates, or was not finished; mend the input, or allow them \
             (--max-duplicates), and run any index or summarize again"
        );
        return Err(Error::Unfinished { input: input.to_owned(), problem });
    };
    if let Some(leave_out) = manifest.leave_out {
        tracing::warn!(
            records = leave_out.records,
            "records of the input have a key that another one has: {DUPLICATES} beside it lists \
             them, and they are read, too"
        );
    }
    Ok(())
}

/// The folder of the partition that a file lies in directly, where its name is that of one.
pub(super) fn folder_of_partition(location: &Location) -> Option<Location> {
    let text = location.to_string();
    let (folder, _) = text.rsplit_once('/')?;
    part(&format!("{folder}/x")).filter(|(_, file)| *file == "x")?;
    format!("{folder}/").parse().ok()
}

/// The folder that the partitions lie in, and how names in `folder` begin from there on.
fn root(folder: &str) -> (&str, String) {
    let folder = folder.trim_end_matches('/');
    let end = format!("{folder}/x");
    let Some((part, _)) = part(&end) else { return (folder, String::new()) };
    let start = part.rfind('/').map_or(0, |slash| slash + 1);
    (if start == 0 { "./" } else { &folder[..start] }, format!("{}/", &folder[start..]))
}

/// The manifests of partitions, by their folders.
fn manifests(
    storage: &Storage,
    folder: &Location,
    parts: &[String],
) -> Result<BTreeMap<String, Published>, Error> {
    let read = |part: &String| -> Result<Option<Published>, Error> {
        let at = folder.join(&format!("{part}/{MANIFEST_NAME}"))?;
        let bytes = storage.read_if_present(&at, LARGEST_JSON)?;
        Ok(bytes.and_then(|bytes| Published::from_bytes(&bytes)))
    };
    let mut found = BTreeMap::new();
    for some in parts.chunks(AT_ONCE) {
        let manifests: Vec<_> = std::thread::scope(|threads| {
            let reading: Vec<_> = some.iter().map(|part| threads.spawn(|| read(part))).collect();
            reading.into_iter().map(|thread| join(thread)).collect()
        });
        for (part, manifest) in some.iter().zip(manifests) {
            found.extend(manifest?.map(|manifest| (part.clone(), manifest)));
        }
    }
    Ok(found)
}

fn join<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
