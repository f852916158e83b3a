//! What the rows are, checked by rules written down a second time.

use std::collections::{BTreeMap, BTreeSet};

use sample_data::{
    Damage, Kinds, MAX_ROWS, Recipe, Record, Tally, Truth, deal, write_header, write_record,
};
use sha2::{Digest, Sha256};

fn recipe(rows: u64, bad_share: &str, seed: u64) -> Recipe {
    Recipe {
        rows,
        bad_share: bad_share.parse().unwrap(),
        kinds: Kinds::all(),
        seed,
        single_line: false,
    }
}

/// One file a partition, as the command writes them, and the counts that it states.
fn files(recipe: &Recipe, partitions: u32) -> (Vec<Vec<u8>>, Truth) {
    let mut truth = Truth::default();
    let mut record = Record::default();
    let mut files = Vec::new();
    for range in deal(recipe.rows, partitions) {
        let mut file = Vec::new();
        let mut tally = Tally::default();
        write_header(&mut file);
        let mut rows = recipe.rows(range);
        while rows.read(&mut record) {
            tally.count(&record);
            write_record(&record, &mut file);
        }
        truth.push(format!("data_{}.csv", files.len()), tally);
        files.push(file);
    }
    (files, truth)
}

fn header() -> Vec<u8> {
    let mut header = Vec::new();
    write_header(&mut header);
    header
}

fn without_headers(files: &[Vec<u8>]) -> Vec<u8> {
    files.iter().flat_map(|file| file.strip_prefix(header().as_slice()).unwrap()).copied().collect()
}

/// What a slow and obvious check finds in a file: how many rows, and how many of each kind of
/// mistake.
fn slow_check(file: &[u8]) -> (u64, BTreeMap<&'static str, u64>) {
    let mut kinds = BTreeMap::new();
    // No cell has two line feeds in a row, and the csv crate skips blank lines.
    let blank = file.windows(2).filter(|pair| pair == b"\n\n").count() as u64;
    if blank > 0 {
        kinds.insert("blank-row", blank);
    }
    let mut rows = blank;
    let mut ids = BTreeSet::new();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let mut record = csv::ByteRecord::new();
    assert_eq!(reader.byte_headers().unwrap().len(), 8);
    let mut line_feeds = reader.position().byte();
    while reader.read_byte_record(&mut record).unwrap() {
        let start = record.position().unwrap().byte() as usize;
        let end = reader.position().byte() as usize;
        assert!(line_feeds as usize <= start && end > start);
        line_feeds = end as u64;
        rows += 1;
        let source = file[start..end].trim_ascii_start();
        let mistakes = mistakes(&record, source, &mut ids);
        assert!(mistakes.len() <= 1, "{mistakes:?} in {}", String::from_utf8_lossy(source));
        for mistake in mistakes {
            *kinds.entry(mistake).or_default() += 1;
        }
    }
    (rows, kinds)
}

fn mistakes<'r>(
    record: &'r csv::ByteRecord,
    source: &[u8],
    ids: &mut BTreeSet<Vec<u8>>,
) -> Vec<&'static str> {
    match record.len() {
        8 => {}
        ..8 => return vec!["missing-cell"],
        9.. => return vec!["extra-cell"],
    }
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_byte_record(record).unwrap();
    if writer.into_inner().unwrap() != source {
        return vec!["malformed-quoting"];
    }
    let cells: Option<Vec<&'r str>> = record.iter().map(|cell| str::from_utf8(cell).ok()).collect();
    let Some(cells) = cells else { return vec!["invalid-utf8"] };
    let [id, timestamp, iban, merchant, amount, currency, status, _] = cells[..] else {
        unreachable!()
    };
    let mut found = Vec::new();
    let mut check = |value: &str, kind: Option<&'static str>| match kind {
        _ if value.is_empty() => found.push("missing-value"),
        Some(kind) => found.push(kind),
        None => {}
    };
    let is_first = ids.insert(id.as_bytes().to_vec());
    check(
        id,
        if !is_id(id) {
            Some("malformed-id")
        } else if !is_first {
            Some("duplicate-id")
        } else {
            None
        },
    );
    check(timestamp, timestamp_mistake(timestamp));
    check(iban, (!is_iban(iban)).then_some("malformed-iban"));
    check(merchant, (merchant.chars().count() > 40).then_some("merchant-too-long"));
    check(amount, amount_mistake(amount));
    let currencies = ["EUR", "GBP", "USD", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN"];
    check(currency, (!currencies.contains(&currency)).then_some("unknown-currency"));
    let statuses = ["settled", "pending", "reversed", "declined", "refunded"];
    check(status, (!statuses.contains(&status)).then_some("unknown-status"));
    found
}

fn all(text: &str, is: fn(&char) -> bool) -> bool {
    text.chars().all(|character| is(&character))
}

fn is_id(text: &str) -> bool {
    text.len() == 12
        && text.strip_prefix("TX").is_some_and(|digits| all(digits, char::is_ascii_digit))
}

fn is_iban(text: &str) -> bool {
    let capital_or_digit = |c: &char| c.is_ascii_uppercase() || c.is_ascii_digit();
    (15..=34).contains(&text.len())
        && all(text, capital_or_digit)
        && all(&text[..2], char::is_ascii_uppercase)
        && all(&text[2..4], char::is_ascii_digit)
}

fn timestamp_mistake(text: &str) -> Option<&'static str> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if shape != "0000-00-00T00:00:00Z" {
        return Some("malformed-timestamp");
    }
    let number = |place: std::ops::Range<usize>| text[place].parse::<u32>().unwrap();
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let february = if year % 4 == 0 { 29 } else { 28 };
    let days = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let is_possible = (1..=12).contains(&month)
        && (1..=days[month as usize - 1]).contains(&day)
        && number(11..13) < 24
        && number(14..16) < 60
        && number(17..19) < 60;
    if !is_possible {
        return Some("impossible-date");
    }
    (!text.starts_with("2024-02-29T")).then_some("timestamp-out-of-range")
}

fn amount_mistake(text: &str) -> Option<&'static str> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (units, cents) = digits.split_once('.').unwrap_or((digits, "00"));
    if cents.len() != 2
        || units.is_empty()
        || !all(units, char::is_ascii_digit)
        || !all(cents, char::is_ascii_digit)
    {
        return Some("amount-not-a-number");
    }
    match sign * format!("{units}{cents}").parse::<i128>().unwrap() {
        ..=0 => Some("amount-below-minimum"),
        1..=100_000_000 => None,
        _ => Some("amount-above-maximum"),
    }
}

/// Holds every partition's truth against what the slow check finds there.
fn assert_true(recipe: &Recipe, partitions: u32) {
    let (files, truth) = files(recipe, partitions);
    let truth: serde_json::Value = serde_json::from_slice(&truth.to_json()).unwrap();
    let stated = truth["partitions"].as_array().unwrap();
    assert_eq!(stated.len(), files.len());
    let mut total = 0;
    for (index, (file, stated)) in files.iter().zip(stated).enumerate() {
        let (rows, kinds) = slow_check(file);
        let rejected: u64 = kinds.values().sum();
        let found = serde_json::json!({
            "file": format!("data_{index}.csv"),
            "rows": rows, "accepted": rows - rejected, "rejected": rejected, "kinds": kinds,
        });
        assert_eq!(*stated, found, "partition {index} of {partitions}, seed {}", recipe.seed);
        total += rows;
    }
    assert_eq!(total, recipe.rows);
}

#[test]
fn the_truth_is_what_a_slow_check_finds() {
    assert_true(&recipe(10_000, "0.02", 7), 5);
    assert_true(&recipe(10_000, "0", 7), 2);
    for seed in 0..20 {
        assert_true(&recipe(2_000, "0.5", seed), 64);
        assert_true(&recipe(500, "1", seed), 3);
        // More partitions than rows, and every row opens one.
        assert_true(&recipe(40, "0.5", seed), 64);
    }
}

#[test]
fn a_file_of_one_kind_of_damage_has_that_kind_only() {
    for kind in Damage::ALL {
        let recipe = Recipe { kinds: kind.as_str().parse().unwrap(), ..recipe(2_000, "0.3", 11) };
        assert_true(&recipe, 3);
        let (_, truth) = files(&recipe, 3);
        let kinds: Vec<_> = truth.total().kinds().collect();
        let [(only, rejected)] = kinds[..] else { panic!("{kinds:?}") };
        assert_eq!(only, kind);
        // A duplicate needs a good row before it, of which there are seven in ten.
        let expected = if kind == Damage::DuplicateId { 350..490 } else { 530..670 };
        assert!(expected.contains(&rejected), "{kind}: {rejected}");
    }
}

#[test]
fn kinds_are_drawn_evenly() {
    let (_, truth) = files(&recipe(100_000, "0.18", 3), 1);
    let kinds: BTreeMap<_, _> = truth.total().kinds().collect();
    assert_eq!(kinds.len(), Damage::ALL.len());
    for (kind, rows) in kinds {
        assert!((800..=1200).contains(&rows), "{kind}: {rows}");
    }
}

#[test]
fn rows_do_not_depend_on_the_partitions() {
    for bad_share in ["0.02", "0.5", "1"] {
        let recipe = recipe(3_001, bad_share, 5);
        let (whole, truth) = files(&recipe, 1);
        assert_eq!(whole.len(), 1);
        for partitions in [5, 64, 4_000] {
            let (parts, of_parts) = files(&recipe, partitions);
            assert_eq!(parts.len(), partitions as usize);
            assert!(without_headers(&parts) == without_headers(&whole), "{partitions} partitions");
            assert_eq!(of_parts.total().rows(), truth.total().rows());
        }
    }
}

#[test]
fn a_seed_gives_the_same_bytes_twice_and_another_seed_others() {
    let first = files(&recipe(5_000, "0.1", 7), 3);
    let again = files(&recipe(5_000, "0.1", 7), 3);
    assert!(first.0 == again.0);
    assert_eq!(first.1.to_json(), again.1.to_json());
    assert!(files(&recipe(5_000, "0.1", 8), 3).0 != first.0);
}

#[test]
fn the_first_rows_are_the_golden_ones() {
    let (files, _) = files(&Recipe { single_line: true, ..recipe(10_000, "0.25", 7) }, 5);
    let first: Vec<&[u8]> = files[0].split_inclusive(|byte| *byte == b'\n').take(61).collect();
    let golden: Vec<&[u8]> =
        include_bytes!("golden/first_rows.csv").split_inclusive(|byte| *byte == b'\n').collect();
    for (line, (made, expected)) in first.iter().zip(&golden).enumerate() {
        assert_eq!(
            made.escape_ascii().to_string(),
            expected.escape_ascii().to_string(),
            "line {}",
            line + 1
        );
    }
    assert_eq!(first.len(), golden.len());
}

#[test]
fn a_known_output_has_its_known_digest() {
    let (files, truth) = files(&recipe(10_000, "0.02", 7), 5);
    let digest: String =
        Sha256::digest(files.concat()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "4ef0a176c479927ac9f28a80f8f162953d02a413db2784646e9b2f7082869ba7");
    assert_eq!(String::from_utf8(truth.to_json()).unwrap(), include_str!("golden/truth.json"));
}

#[test]
fn ids_are_unique_and_time_only_rises_in_good_rows() {
    let (files, _) = files(&recipe(50_000, "0", 9), 1);
    let mut ids = BTreeSet::new();
    let mut last = String::new();
    for record in csv::Reader::from_reader(files[0].as_slice()).records() {
        let record = record.unwrap();
        assert!(ids.insert(record[0].to_owned()), "{}", &record[0]);
        assert!(record[1] >= *last, "{} after {last}", &record[1]);
        last = record[1].to_owned();
    }
    assert_eq!(ids.len(), 50_000);
}

#[test]
fn the_last_of_the_most_rows_can_be_made_without_the_others() {
    let recipe = recipe(MAX_ROWS, "0", 1);
    let mut rows = recipe.rows(MAX_ROWS - 2..MAX_ROWS);
    let mut record = Record::default();
    let mut ids = Vec::new();
    while rows.read(&mut record) {
        ids.push(String::from_utf8(record.cells().next().unwrap().to_vec()).unwrap());
    }
    assert_eq!(ids, ["TX9999999998", "TX9999999999"]);
}

#[test]
fn a_million_rows_are_about_91_million_bytes() {
    for seed in [1, 7] {
        let (files, _) = files(&recipe(100_000, "0.02", seed), 1);
        let bytes = files[0].len();
        assert!((8_827_000..=9_373_000).contains(&bytes), "{bytes}");
    }
}

#[test]
fn line_breaks_within_a_record_are_there_unless_unwanted() {
    let lines =
        |recipe: &Recipe| files(recipe, 1).0[0].iter().filter(|byte| **byte == b'\n').count();
    let recipe = recipe(10_000, "0.3", 7);
    assert!(lines(&recipe) > 10_001 + 30);
    assert_eq!(lines(&Recipe { single_line: true, ..recipe }), 10_001);
}
