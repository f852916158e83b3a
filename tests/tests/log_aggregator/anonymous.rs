//! Clients that are stored as a network or as a hash, and months whose clients do not compare.

use std::process::Output;

use system_tests::logs::{Folder, assert_code, assert_error, line};

/// Two months of the same clients.
fn folder() -> Folder {
    let folder = Folder::new();
    let january: String = (0..300).map(|number| line(1, number)).collect();
    folder.write("logs/2024/02/a.log", january.replace("/Jan/", "/Feb/"));
    folder.write("logs/2024/01/a.log", january);
    folder.write("key", "a key of more than 16 bytes\n");
    folder.write("other", "another key of such a length\n");
    folder
}

fn month(folder: &Folder, month: &str, more: &[&str]) -> Output {
    let arguments = [&["--month", month, "--force"], more].concat();
    folder.january(&arguments)
}

fn merge(folder: &Folder) -> Output {
    folder.run(&["merge", "--allow-missing"], &[("OUTPUT_BUCKET", "out")])
}

const HASH: [&str; 3] = ["--anonymize-clients=hash", "--anonymize-key-file", "key"];

#[test]
fn hashed_clients_are_the_same_over_the_months_of_a_key() {
    let folder = folder();
    let visitors = |of: &str| folder.json(of)["visitors"].as_u64().unwrap();
    for number in ["1", "2"] {
        assert_code(&month(&folder, number, &[]), 0);
    }
    assert_code(&merge(&folder), 0);
    let (by_month, by_year) = (visitors("out/01/summary.json"), visitors("out/year.json"));
    for number in ["1", "2"] {
        assert_code(&month(&folder, number, &HASH), 0);
    }
    assert_code(&merge(&folder), 0);
    assert_eq!(visitors("out/01/summary.json"), by_month, "nobody is taken for another");
    assert_eq!(visitors("out/year.json"), by_year, "and who comes again is known");
    let client = folder.json("out/01/summary.json")["tables"]["clients"]["top"][0]["key"].clone();
    let client = client.as_str().unwrap();
    assert!(client.len() == 16 && client.bytes().all(|byte| byte.is_ascii_hexdigit()), "{client}");
    let manifest = std::fs::read_to_string(folder.path("out/01/_SUCCESS")).unwrap();
    assert!(!manifest.contains("a key of"), "{manifest}");
}

#[test]
fn months_whose_clients_do_not_compare_are_not_merged() {
    let folder = folder();
    let other = ["--anonymize-clients=hash", "--anonymize-key-file", "other"];
    for (of_february, says) in [
        (&["--anonymize-clients"][..], ["clients by network", "clients by hash"]),
        (&[], ["clients as logged", "clients by hash"]),
        (&other, ["clients by hash", "month 02"]),
    ] {
        assert_code(&month(&folder, "1", &HASH), 0);
        assert_code(&month(&folder, "2", of_february), 0);
        assert_error(&merge(&folder), 65, &says);
    }
}

#[test]
fn a_hash_needs_a_key_that_nobody_guesses() {
    let folder = folder();
    folder.write("short", "123456\n");
    let hash = "--anonymize-clients=hash";
    for (flags, says) in [
        (&[hash][..], "--anonymize-key-file"),
        (&[hash, "--anonymize-key-file", "none"], "--anonymize-key-file none: "),
        (&[hash, "--anonymize-key-file", "short"], "16 to 4096 bytes, and this one 6"),
        (&["--anonymize-key-file", "key"], "is not asked for"),
    ] {
        assert_error(&month(&folder, "1", flags), 64, &[says]);
    }
    assert!(!folder.path("out/01/_SUCCESS").exists());
}
