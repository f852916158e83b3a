//! Patterns of XML Schema at random.

use proptest::prelude::*;
use proptest::sample::select;

/// Patterns that mean the same to the crate `regex` between `^` and `$`.
pub(crate) fn pattern() -> BoxedStrategy<String> {
    let atom = prop_oneof![
        3 => "[ab0é]",
        2 => select(&["[ab]", "[a-c]", "[^a]", "[0-9]", "[a-c0]", "[é-í]", "[a\\-]"][..]).prop_map(String::from),
    ];
    let counted = |inner: BoxedStrategy<String>| {
        (inner, select(&["", "", "{2}", "{1,3}", "{2,}", "?", "*", "+"][..]))
            .prop_map(|(inner, count)| inner + count)
    };
    let row = prop::collection::vec(counted(atom.boxed()), 1..4).prop_map(|parts| parts.concat());
    let group =
        prop::collection::vec(row, 1..3).prop_map(|branches| format!("({})", branches.join("|")));
    let plain = prop::collection::vec(counted(atom_again()), 1..5).prop_map(|parts| parts.concat());
    prop_oneof![
        plain,
        prop::collection::vec(counted(group.boxed()), 1..3).prop_map(|parts| parts.concat())
    ]
    .boxed()
}

fn atom_again() -> BoxedStrategy<String> {
    prop_oneof!["[ab0]", select(&["[ab]", "[a-c]", "[0-9]", "[a-c0]"][..]).prop_map(String::from)]
        .boxed()
}
