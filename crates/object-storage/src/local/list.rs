//! Finding the files below a folder.

use std::fs::Metadata;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::file::version;
use super::unpublished::is_unpublished;
use crate::listing::Listing;
use crate::{Action, Entry, Error, Location};

/// All regular files below `folder`, at any depth, sorted by the bytes of their paths.
///
/// Links are followed; one to nowhere is listed, and fails where it is opened. Left out: temporary
/// files of uploads, and names that begin with `..`, which are the inner parts of Kubernetes'
/// ConfigMap and Secret volumes. A folder that does not exist holds nothing, as a prefix does in
/// S3. One with more than `most` files is an error before they fill the memory.
pub(crate) fn list(folder: &Path, most: usize) -> Result<Vec<Entry>, Error> {
    let at = Location::Local(folder.to_path_buf());
    let mut listing = Listing::new(at.clone(), most);
    match std::fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => {
            walk(folder, &mut vec![identity(&metadata)], &mut listing)?;
        }
        Ok(_) => return Err(Error::NotAFolder { at }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::from_io(Action::List, &at, error)),
    }
    let mut entries = listing.into_entries();
    entries.sort_by(|a, b| path_bytes(a).cmp(path_bytes(b)));
    Ok(entries)
}

/// `above` holds the folders that lead here: a link back to one of them would never end.
fn walk(folder: &Path, above: &mut Vec<(u64, u64)>, listing: &mut Listing) -> Result<(), Error> {
    let failed = |path: &Path, error| {
        Error::from_io(Action::List, &Location::Local(path.to_path_buf()), error)
    };
    for item in std::fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let item = item.map_err(|error| failed(folder, error))?;
        let name = item.file_name();
        if is_unpublished(&name) || name.as_bytes().starts_with(b"..") {
            continue;
        }
        let path = item.path();
        let metadata = match std::fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match std::fs::symlink_metadata(&path) {
                    // A link to nowhere, such as into a volume that is not mounted. Whoever wants
                    // it finds out when it is opened; left out, its records would be missing
                    // without a word.
                    Ok(link) if link.is_symlink() => {
                        listing.push(Entry {
                            size: link.len(),
                            version: version(&link),
                            location: Location::Local(path),
                        })?;
                        continue;
                    }
                    // Removed since the folder was read.
                    _ => continue,
                }
            }
            Err(error) => return Err(failed(&path, error)),
        };
        if metadata.is_dir() {
            let identity = identity(&metadata);
            if !above.contains(&identity) {
                above.push(identity);
                walk(&path, above, listing)?;
                above.pop();
            }
        } else if metadata.is_file() {
            listing.push(Entry {
                size: metadata.len(),
                version: version(&metadata),
                location: Location::Local(path),
            })?;
        } else {
            tracing::warn!(
                path = %path.display(),
                "no regular file, but a pipe, socket or device: it is passed over"
            );
        }
    }
    Ok(())
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn path_bytes(entry: &Entry) -> &[u8] {
    match &entry.location {
        Location::Local(path) => path.as_os_str().as_bytes(),
        Location::S3 { key, .. } => key.as_bytes(),
    }
}
