//! The keys that a partition has published: they are the ones that it lists, or nothing is said of
//! duplicates.

mod support;

use support::{finish, partitions, summarize};

const ONE_KEY: &str = r#"{"fields": [{"name": "id", "type": "string"}], "primaryKey": "id"}"#;

#[test]
fn keys_that_are_gone_cut_off_or_changed_are_never_no_duplicates() {
    let many: String = (0..2000).map(|number| format!("k{number}\n")).collect();
    let folder = partitions(ONE_KEY, &["a\nb\n", &many]);
    let keys = "out/part-00001/keys.bin";
    let reset = || {
        finish(&folder, 2, &["--force"]).assert_code(0);
        std::fs::remove_file(folder.path("out/_SUCCESS")).unwrap();
        std::fs::read(folder.path(keys)).unwrap()
    };
    reset();
    std::fs::remove_file(folder.path(keys)).unwrap();
    let error = summarize(&folder, &[]).assert_code(65).error();
    assert!(error.contains("part-00001/keys.bin (missing)"), "{error}");
    let whole = reset();
    folder.write(keys, &whole[..whole.len() / 2]);
    let error = summarize(&folder, &[]).assert_code(65).error();
    assert!(error.contains("part-00001/keys.bin ("), "{error}");
    for at in [0, 5, 15, 40, whole.len() / 3, whole.len() - 200, whole.len() - 12, whole.len() - 1]
    {
        let mut changed = reset();
        changed[at] ^= 0x10;
        folder.write(keys, &changed);
        let ran = summarize(&folder, &[]);
        let error = ran.assert_code(65).error();
        assert!(
            error.contains(
                "the keys.bin of partition 1 cannot be read: it is cut off or has been \
                            changed; run the partition again with --force"
            ),
            "byte {at}: {error}"
        );
        assert!(!folder.exists("out/_SUCCESS"));
    }
}

/// It is sound, and as long as the right one.
#[test]
fn the_keys_of_another_night_are_not_taken_for_tonights() {
    let last_night = partitions(ONE_KEY, &["TX001\nTX002\n", "TX003\nTX004\n"]);
    finish(&last_night, 2, &[]).assert_code(0);
    let keys = "out/part-00001/keys.bin";
    let old = std::fs::read(last_night.path(keys)).unwrap();

    let tonight = partitions(ONE_KEY, &["TX001\nTX002\n", "TX001\nTX004\n"]);
    for index in 0..2 {
        tonight.validate(index, 2, &[]).assert_code(0);
    }
    assert_eq!(std::fs::read(tonight.path(keys)).unwrap().len(), old.len());
    tonight.write(keys, &old);
    let error = summarize(&tonight, &[]).assert_code(65).error();
    assert!(error.contains("the keys.bin of partition 1 cannot be read"), "{error}");
    assert!(!tonight.exists("out/_SUCCESS"));
}
