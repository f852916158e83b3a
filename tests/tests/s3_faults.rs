//! Whatever the network does: what is read is what was written, or an error; what is published is
//! whole, or not there.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use object_storage::{Condition, Entry, Error, Location, StorageArgs};
use proptest::prelude::*;
use system_tests::{Fault, FaultPlan, FaultProxy, S3Server, Storage};

const MIB: usize = 1 << 20;

/// One for all cases; it ends with the process.
static SERVER: LazyLock<S3Server> =
    LazyLock::new(|| S3Server::start(&["bucket"]).expect("a server starts"));
static CASES: AtomicU32 = AtomicU32::new(0);

#[derive(Debug, Clone)]
struct Case {
    size: usize,
    /// How the content is cut for the upload, bytes.
    piece: usize,
    range: (f64, f64),
    when: Condition,
    share: f64,
    attempts: u32,
    seed: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let size = prop_oneof![
        2 => 0..5_usize,
        4 => 0..3 * MIB,
        2 => (5 * MIB - 2)..(5 * MIB + 3),
        1 => (10 * MIB)..(11 * MIB),
    ];
    let when = prop_oneof![Just(Condition::Always), Just(Condition::IfAbsent)];
    (size, 1..2 * MIB, (0.0..1.0, 0.0..1.0), when, 0.0..0.6, 1..5_u32, any::<u64>()).prop_map(
        |(size, piece, range, when, share, attempts, seed)| Case {
            size,
            piece,
            range,
            when,
            share,
            attempts,
            seed,
        },
    )
}

async fn upload(
    storage: &Storage,
    at: &Location,
    content: &Bytes,
    case: &Case,
) -> Result<(), Error> {
    let mut upload = storage.create(at).await?;
    for start in (0..case.size).step_by(case.piece) {
        upload.write(content.slice(start..case.size.min(start + case.piece))).await?;
    }
    let published = upload.publish(case.when).await?;
    assert_eq!(published.size, case.size as u64);
    Ok(())
}

async fn read(
    storage: &Storage,
    entry: &Entry,
    range: std::ops::Range<u64>,
) -> Result<Vec<u8>, Error> {
    let mut reader = storage.open(entry, Some(range)).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = reader.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

async fn try_case(case: &Case) -> Result<(), TestCaseError> {
    let failed = |error: &dyn std::fmt::Display| TestCaseError::fail(error.to_string());
    let plan = FaultPlan {
        seed: case.seed,
        share: case.share,
        faults: Fault::ALL.to_vec(),
        longest_run: u32::MAX,
    };
    let proxy = FaultProxy::start(&SERVER.endpoint(), plan).map_err(|error| failed(&error))?;
    let sound = Storage::new(&S3Server::args(&SERVER.endpoint()));
    let faulty = Storage::new(&StorageArgs {
        timeout: Duration::from_millis(400),
        attempts: case.attempts,
        retry_delay: Duration::from_millis(1),
        range_mib: 1,
        ..S3Server::args(&proxy.endpoint())
    });
    let name = format!("case-{}", CASES.fetch_add(1, Ordering::Relaxed));
    let at = Location::S3 { bucket: "bucket".to_owned(), key: name.clone() };
    let mut content = vec![0; case.size];
    fastrand::Rng::with_seed(case.seed).fill(&mut content);
    let content = Bytes::from(content);

    let uploaded = upload(&faulty, &at, &content, case).await;
    faulty.close().await;
    let stored = std::fs::read(SERVER.folder().join("bucket").join(&name)).ok();
    match (&uploaded, &stored) {
        (Ok(()), Some(stored)) => {
            prop_assert!(*stored == content, "published, but other bytes are there")
        }
        (Ok(()), None) => return Err(failed(&"published, but nothing is there")),
        // Its answer may have been lost; then it is whole.
        (Err(_), Some(stored)) => {
            prop_assert!(*stored == content, "failed, but other bytes are there")
        }
        (Err(_), None) => {}
    }

    sound.put(&at, content.clone(), Condition::Always).await.map_err(|error| failed(&error))?;
    let Some(entry) = sound.entry(&at).await.map_err(|error| failed(&error))? else {
        return Err(failed(&"it was put there"));
    };
    let place = |share: f64| (share * case.size as f64) as usize;
    let (start, end) =
        (place(case.range.0.min(case.range.1)), place(case.range.0.max(case.range.1)));
    for range in [start..end, 0..case.size] {
        if let Ok(got) = read(&faulty, &entry, range.start as u64..range.end as u64).await {
            prop_assert!(got == content[range.clone()], "other bytes than {:?}", range);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 40,
        max_shrink_iters: 20,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_read_is_what_was_written_or_an_error(case in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(try_case(&case))?;
    }
}
