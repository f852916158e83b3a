//! Local files where the file system is full, closed, odd or shared.

use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

use object_storage::{Action, Condition, Error, ErrorKind, Location, Storage, StorageArgs};
use tempfile::TempDir;

/// The path that the child process is to write to.
const WRITE: &str = "TEST_WRITE";
/// What comes before the child's finding among the lines that the test runner prints.
const FOUND: &str = "found: ";

/// What happens to a file, in words and in deed.
type Change = (&'static str, fn(&Path));

fn storage() -> Storage {
    Storage::new(&StorageArgs::default())
}

fn local(path: impl Into<PathBuf>) -> Location {
    Location::Local(path.into())
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The names in a folder, hidden ones included.
fn names(folder: &Path) -> Vec<String> {
    let items = std::fs::read_dir(folder).expect("a readable folder");
    let mut names: Vec<String> = items
        .map(|item| item.expect("an item").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn put(at: &Location, bytes: &'static [u8]) -> Result<(), Error> {
    storage().put(at, bytes).map(|_| ())
}

/// Not a test: writes 4 MiB in the way of a worker, where it is told to, and says how it went.
#[test]
#[ignore = "run by the other tests"]
#[expect(clippy::print_stdout, reason = "its parent reads it")]
fn child() {
    let at = local(std::env::var(WRITE).expect("the parent says where to write"));
    let mut upload = storage().create(&at).expect("an empty file has room");
    let written = upload
        .write_all(&vec![b'x'; 4 << 20])
        .map_err(|error| Error::find(&error).map(|error| (error.kind(), error.to_string())))
        .and_then(|()| {
            upload
                .publish(Condition::Always)
                .map_err(|error| Some((error.kind(), error.to_string())))
        });
    println!("\n{FOUND}{written:?}");
}

/// What the child says, under a limit on the size of its files where `limit` is set.
fn written_by_child(path: &Path, limit: bool) -> String {
    let program = std::env::current_exe().expect("this program");
    // With SIGXFSZ ignored, the limit is an error of the write instead of the end of the process.
    let limited = if limit { "trap '' XFSZ; ulimit -f 1024; " } else { "" };
    let output = Command::new("sh")
        .args(["-c", &format!("{limited}exec \"$0\" --exact child --ignored --nocapture")])
        .arg(program)
        .env(WRITE, path)
        .output()
        .expect("sh runs");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = stdout.lines().find_map(|line| line.strip_prefix(FOUND));
    found
        .unwrap_or_else(|| {
            panic!("no finding in: {stdout}{}", String::from_utf8_lossy(&output.stderr))
        })
        .to_owned()
}

#[test]
fn a_limit_on_the_size_of_files_is_told_as_no_room_and_leaves_nothing() {
    let folder = folder();
    let path = folder.path().join("out.csv");
    assert_eq!(
        written_by_child(&path, true),
        format!(
            "Err(Some((Io, \"no room left to write {}: File too large (os error 27); free space, \
             or write somewhere else (in a pod: a larger volume or ephemeral-storage limit)\")))",
            path.display()
        )
    );
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn a_limit_on_the_size_of_files_leaves_what_was_there() {
    let folder = folder();
    let path = folder.path().join("out.csv");
    std::fs::write(&path, "before").expect("there is room for that");
    let found = written_by_child(&path, true);
    assert!(
        found.starts_with(&format!("Err(Some((Io, \"no room left to write {}: ", path.display())),
        "{found}"
    );
    assert_eq!(names(folder.path()), ["out.csv"]);
    assert_eq!(std::fs::read_to_string(&path).expect("it is still there"), "before");
}

/// A file system of 1 MiB, unmounted when dropped. Needs root.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> SmallDisk {
        let folder = folder();
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(folder.path())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "this needs root: make test-root");
        SmallDisk(folder)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let status = Command::new("umount").arg(self.0.path()).status();
        assert!(status.is_ok_and(|status| status.success()), "the small disk is unmounted");
    }
}

#[test]
#[ignore = "needs root: make test-root"]
fn a_full_disk_is_told_and_what_was_there_stays() {
    let disk = SmallDisk::mount();
    let path = disk.0.path().join("out.csv");
    std::fs::write(&path, "before").expect("there is room for that");
    let found = written_by_child(&path, false);
    let start = format!(
        "Err(Some((Io, \"no room left to write {}: No space left on device",
        path.display()
    );
    assert!(found.starts_with(&start), "{found}");
    assert_eq!(names(disk.0.path()), ["out.csv"]);
    assert_eq!(std::fs::read_to_string(&path).expect("it is still there"), "before");
}

#[test]
fn a_folder_that_cannot_be_written_to_is_told() {
    // Nobody makes files in /sys, not even root, whom modes do not stop.
    let error = put(&local("/sys/out.csv"), b"x").expect_err("not there");
    assert!(matches!(error, Error::Denied { action: Action::Write, .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Denied);
    let start = "access denied: may not write /sys/out.csv (";
    assert!(error.to_string().starts_with(start), "{error}");
}

#[test]
fn a_folder_is_no_file_and_a_file_no_folder() {
    let folder = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").expect("a file");
    let as_file = local(folder.path());
    let storage = storage();
    for result in [
        put(&as_file, b"x"),
        storage.entry(&as_file).map(|_| ()),
        storage.read(&as_file, 10).map(|_| ()),
        storage.create(&local(folder.path().join("new/"))).map(|_| ()),
    ] {
        assert!(matches!(result, Err(Error::NotAFile { .. })), "{result:?}");
    }
    for result in [
        put(&local(file.join("below")), b"x"),
        put(&local(file.join("far/below")), b"x"),
        storage.list(&local(&file)).map(|_| ()),
        storage.make_bucket(&local(&file)),
    ] {
        assert!(matches!(result, Err(Error::NotAFolder { .. })), "{result:?}");
        assert_eq!(result.expect_err("just seen").kind(), ErrorKind::Configuration);
    }
}

#[test]
fn folders_are_made_and_files_have_the_usual_mode() {
    let folder = folder();
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "x").expect("a file");
    let path = folder.path().join("a/b/c/out.csv");
    put(&local(&path), b"x").expect("published");
    let mode = |path: &Path| std::fs::metadata(path).expect("a file").permissions().mode();
    assert_eq!(mode(&path), mode(&plain));
    assert_eq!(names(&folder.path().join("a/b/c")), ["out.csv"]);
}

#[test]
fn a_relative_name_without_folder_is_written_to_the_working_folder() {
    // The working folder of a test is that of its package.
    let name = format!("relative-{}.tmp", std::process::id());
    let at: Location = name.parse().expect("a name");
    put(&at, b"x").expect("published");
    assert_eq!(std::fs::read(&name).expect("it is there"), b"x");
    storage().delete(&at).expect("deleted");
    assert!(!Path::new(&name).exists());
}

#[test]
fn nothing_is_seen_of_an_upload_before_it_is_published_and_nothing_is_left_when_it_is_dropped() {
    let folder = folder();
    let at = local(folder.path().join("out.csv"));
    let storage = storage();
    let mut upload = storage.create(&at).expect("created");
    upload.write_all(b"half").expect("written");
    // A file without a name, where the file system has such files; one that is hidden and never
    // listed elsewhere.
    let hidden = names(folder.path());
    let start = format!(".unpublished-{}-", std::process::id());
    assert!(hidden.len() <= 1 && hidden.iter().all(|name| name.starts_with(&start)), "{hidden:?}");
    // As a killed process leaves it there.
    std::fs::write(folder.path().join(".unpublished-1-x"), "half").expect("written");
    assert_eq!(storage.list(&local(folder.path())).expect("listed"), []);
    drop(upload);
    assert_eq!(names(folder.path()), [".unpublished-1-x"]);
}

#[test]
fn a_file_larger_than_its_reader_takes_is_not_read() {
    let folder = folder();
    let path = folder.path().join("huge");
    std::fs::File::create(&path).and_then(|file| file.set_len(1 << 40)).expect("a sparse file");
    let error = storage().read(&local(&path), 16 << 20).expect_err("too large");
    assert!(
        matches!(error, Error::TooLarge { size, limit, .. } if size == 1 << 40 && limit == 16 << 20),
        "{error:?}"
    );
}

#[test]
fn a_folder_with_more_files_than_are_listed_is_told() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("deeper")).expect("a folder");
    for name in ["a", "b", "deeper/c"] {
        std::fs::write(folder.path().join(name), "x").expect("a file");
    }
    let at = local(folder.path());
    assert_eq!(storage().list_at_most(&at, 3).expect("listed").len(), 3);
    let error = storage().list_at_most(&at, 2).expect_err("one too many");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let said = format!(
        "{} has more than 2 objects, which is the most that is listed: name a narrower folder or \
         prefix",
        at
    );
    assert_eq!(error.to_string(), said);
}

#[test]
fn a_volume_of_kubernetes_is_listed_once_and_links_in_a_circle_end() {
    let folder = folder();
    let root = folder.path();
    // As kubelet lays out a ConfigMap: key -> ..data/key, ..data -> ..timestamp.
    std::fs::create_dir(root.join("..2026_01_01")).expect("made");
    std::fs::write(root.join("..2026_01_01/a.csv"), "12345").expect("written");
    symlink("..2026_01_01", root.join("..data")).expect("linked");
    symlink("..data/a.csv", root.join("a.csv")).expect("linked");
    std::fs::create_dir(root.join("sub")).expect("made");
    std::fs::write(root.join("sub/.hidden.csv"), "1").expect("written");
    symlink(root, root.join("sub/circle")).expect("linked");
    symlink("nowhere", root.join("sub/dangling")).expect("linked");
    let entries = storage().list(&local(root)).expect("listed");
    let found: Vec<(Location, u64)> =
        entries.into_iter().map(|entry| (entry.location, entry.size)).collect();
    let dangling = local(root.join("sub/dangling"));
    let expected = [
        (local(root.join("a.csv")), 5),
        (local(root.join("sub/.hidden.csv")), 1),
        (dangling.clone(), "nowhere".len() as u64),
    ];
    assert_eq!(found, expected);
    // A link to nowhere is listed, and not there when it is opened: left out, its records would be
    // missing silently.
    assert_eq!(storage().read(&dangling, 9).expect_err("nowhere").kind(), ErrorKind::NotFound);
}

#[test]
fn of_many_conditional_publishers_exactly_one_wins() {
    const PUBLISHERS: usize = 16;
    for _ in 0..20 {
        let folder = folder();
        let at = local(folder.path().join("once"));
        let barrier = Arc::new(Barrier::new(PUBLISHERS));
        let publishers: Vec<_> = (0..PUBLISHERS)
            .map(|number| {
                let (at, barrier) = (at.clone(), Arc::clone(&barrier));
                std::thread::spawn(move || {
                    let mut upload = storage().create(&at).expect("created");
                    upload.write_all(&[number as u8; 100]).expect("written");
                    barrier.wait();
                    (number, upload.publish(Condition::IfAbsent))
                })
            })
            .collect();
        let mut winners = Vec::new();
        for publisher in publishers {
            match publisher.join().expect("no panic") {
                (number, Ok(published)) => winners.push((number, published.size)),
                (_, Err(Error::AlreadyExists { .. })) => {}
                (_, Err(error)) => panic!("{error}"),
            }
        }
        assert_eq!(winners.len(), 1, "{winners:?}");
        assert_eq!(names(folder.path()), ["once"]);
        let content = std::fs::read(folder.path().join("once")).expect("it is there");
        assert_eq!((content, winners[0].1), (vec![winners[0].0 as u8; 100], 100));
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_an_error() {
    let folder = folder();
    let path = folder.path().join("in.csv");
    let changes: [Change; 3] = [
        ("shorter", |path| std::fs::write(path, vec![1; 100]).expect("written")),
        ("longer", |path| std::fs::write(path, vec![1; 3 << 20]).expect("written")),
        ("as long", |path| {
            std::fs::write(path, vec![2; 2 << 20]).expect("written");
            // Clocks of file systems are coarse: a write within their tick cannot be seen.
            let file = std::fs::File::options().write(true).open(path).expect("opened");
            file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(1))
                .expect("set");
        }),
    ];
    for (what, change) in changes {
        std::fs::write(&path, vec![1; 2 << 20]).expect("written");
        let storage = storage();
        let entry = storage.entry(&local(&path)).expect("looked up").expect("it is there");
        let mut reader = storage.open(&entry, 0..entry.size).expect("opened");
        let mut buffer = vec![0; 1 << 20];
        reader.read_exact(&mut buffer).expect("the first half");
        change(&path);
        let error = reader.read_to_end(&mut buffer).expect_err("it has changed");
        assert!(matches!(Error::find(&error), Some(Error::Changed { .. })), "{what}: {error}");
    }
}

#[test]
fn a_range_of_a_file_is_exactly_its_bytes() {
    let folder = folder();
    let path = folder.path().join("in.csv");
    let content: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(&path, &content).expect("written");
    let storage = storage();
    let entry = storage.entry(&local(&path)).expect("looked up").expect("it is there");
    for (start, end) in
        [(0, 0), (0, 1), (5, 5), (399_999, 400_000), (400_000, 400_000), (1_234, 333_333)]
    {
        let mut reader = storage.open(&entry, start..end).expect("opened");
        let mut got = Vec::new();
        reader.read_to_end(&mut got).expect("read");
        assert!(got == content[start as usize..end as usize], "{start}..{end}");
    }
}

/// Pods that finish a dataset at the same instant each replace its summary and read the others'.
#[test]
fn a_small_file_that_others_keep_replacing_is_read_whole() {
    let folder = folder();
    let at = local(folder.path().join("summary.json"));
    let content = |nth: usize| nth.to_string().repeat(1 + nth % 5 * 1_000);
    let all: Vec<String> = (0..10).map(content).collect();
    storage().put(&at, &all[0]).expect("the first version");

    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for version in all.iter().cycle() {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                storage().put(&at, version).expect("another version");
            }
        });
        let read: Vec<_> = (0..5_000).map(|_| storage().read(&at, 1 << 20)).collect();
        done.store(true, Ordering::Relaxed);
        for read in read {
            let read = read.expect("one of the versions");
            assert!(all.iter().any(|version| version.as_bytes() == read), "{} bytes", read.len());
        }
    });
}
