//! Published files, to be compared.

use std::collections::BTreeMap;
use std::path::Path;

/// Every file below `folder` with its bytes, by its path below it. A folder that is not there holds
/// none.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for item in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = format!("{prefix}{}", item.file_name().to_string_lossy());
            if item.path().is_dir() {
                collect(&item.path(), &format!("{name}/"), found);
            } else if let Ok(bytes) = std::fs::read(item.path()) {
                found.insert(name, bytes);
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(folder, "", &mut found);
    found
}
