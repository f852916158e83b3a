//! Random schemas, and cells that are valid, nearly valid or anything.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::patterns::pattern;

/// A type with a format, and how to write values of it. Values come from small ranges, so that
/// they are often equal, and often written in another way.
#[derive(Clone)]
struct Shape {
    field: Value,
    valid: BoxedStrategy<String>,
    /// What values are altered with.
    alphabet: &'static str,
    kind: Order,
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    Ordered,
    Lengthy,
    Neither,
}

fn shape(field: Value, valid: &'static str, alphabet: &'static str, kind: Order) -> Shape {
    Shape { field, valid: valid.prop_map(String::from).boxed(), alphabet, kind }
}

fn shapes() -> Vec<Shape> {
    use Order::{Lengthy, Neither, Ordered};
    let digits = "0123456789+-.,eE x%";
    let times = "0123456789-:TZ.+ ";
    vec![
        shape(json!({"type": "any"}), "[a-c]{0,2}|é", "ab é", Neither),
        shape(json!({}), "[a-c]{0,6}|[éä€]{1,3}|a𝄞", "ab0é𝄞-", Lengthy),
        shape(json!({"type": "string"}), "[ab0]{0,5}|é{0,3}", "ab0é-", Lengthy),
        shape(json!({"type": "string"}), "[ab0]{0,80}", "ab0é-", Lengthy),
        shape(
            json!({"type": "string", "format": "uuid"}),
            "[01a]{8}-0000-0000-0000-[0-9a-fA-F]{12}",
            "0aF-g",
            Lengthy,
        ),
        shape(
            json!({"type": "string", "format": "binary"}),
            "([A-Za-z0-9+/]{4}){0,2}([aZ]{2}==|[aZ]{3}=)?",
            "A=+_ ",
            Lengthy,
        ),
        shape(
            json!({"type": "string", "format": "email"}),
            "[a-z]{1,3}(\\.[a-z]{1,2})?@[a-z]{1,3}(\\.[a-z]{1,3}){0,2}",
            "a@.- +",
            Lengthy,
        ),
        shape(
            json!({"type": "string", "format": "uri"}),
            "(http|a\\+b)://([a-z]@)?[a-z]{1,3}(:8?0)?(/[a-z%]{0,2}(%2f)?)?(\\?q=[/?])?(#f)?|urn:[a-z]{0,3}|mailto:a@b",
            "a:/?#%@ [é2",
            Lengthy,
        ),
        shape(json!({"type": "integer"}), "[+-]?0{0,2}[0-9]{1,2}|[0-9]{17,22}", digits, Ordered),
        shape(
            json!({"type": "integer", "groupChar": ","}),
            "-?[0-3](,?[0-2]{3}){0,2}",
            digits,
            Ordered,
        ),
        shape(
            json!({"type": "integer", "bareNumber": false}),
            "(EUR |€|x\\+?)?-?[0-3]{1,2}( ?%|-|)",
            "0123 €%-+x",
            Ordered,
        ),
        shape(
            json!({"type": "number"}),
            "[+-]?0{0,2}[0-3]{0,2}[0-3](\\.[0-2]{0,2}0{0,2})?|-?\\.[0-9]|[1-9](\\.[0-9])?[eE][+-]?[0-3]|[0-9]{12}\\.[0-9]{1,9}|(?i)nan|-?inf",
            digits,
            Ordered,
        ),
        shape(
            json!({"type": "number", "decimalChar": ",", "groupChar": "."}),
            "-?[0-3](\\.[0-2]{3}){0,2}(,[0-2]{0,3})?",
            digits,
            Ordered,
        ),
        shape(
            json!({"type": "number", "bareNumber": false}),
            "(\\$|Rs|€ )?-?[0-3]?\\.?[0-3]{1,2}(%| kg|\\.)?",
            "0.-+€% R",
            Ordered,
        ),
        shape(json!({"type": "boolean"}), "true|True|TRUE|1|false|False|FALSE|0", "tT01e", Neither),
        shape(
            json!({"type": "boolean", "trueValues": ["yes", "on"], "falseValues": ["no"]}),
            "yes|on|no",
            "yeson",
            Neither,
        ),
        shape(
            json!({"type": "date"}),
            "(2023|2024|2000|1900|0001|9999)-(0[1-9]|1[0-2])-([01][1-9]|2[0-9]|3[01])",
            times,
            Ordered,
        ),
        shape(
            json!({"type": "date", "format": "%d/%m/%Y"}),
            "[0-3]?[1-9]/[01]?[0-2]/20(23|24)",
            "0123/- 4",
            Ordered,
        ),
        shape(
            json!({"type": "time"}),
            "([01][0-9]|2[0-4]):(00|[0-5]9):(00|59|60)(\\.[0-9]{1,3}0{0,2})?(Z|[+-](0[0-2]|1[34]):[03]0)?",
            times,
            Ordered,
        ),
        shape(
            json!({"type": "time", "format": "%H:%M:%S.%f"}),
            "[0-2]?[0-4]:[0-5]?[0-9]:[0-5]?[0-9]\\.[0-9]{1,6}",
            times,
            Ordered,
        ),
        shape(
            json!({"type": "time", "format": "%I:%M %p"}),
            "(1[0-2]|0?[1-9]):[0-5][0-9] (AM|pm|Am)",
            "0123:apPM ",
            Ordered,
        ),
        shape(
            json!({"type": "datetime"}),
            "(2024|2023|1969|-0004|12024|9999|0001|0000)-(0[1-3]|1[12])-([012][89]|0[1-2]|30)T(00|2[0-4]|12):(00|59):(00|59)(\\.[05]{1,4})?(Z|[+-](0[0-5]|14):00)?",
            times,
            Ordered,
        ),
        shape(
            json!({"type": "datetime"}),
            "202[0-9]-(0[1-9]|1[0-2])-[0-2][1-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9]Z?",
            times,
            Ordered,
        ),
        shape(
            json!({"type": "datetime", "format": "%Y%m%d %H:%M"}),
            "20(23|24)(0[1-9]|1[0-2])[0-2][0-9]  ?[012]?[0-3]:[0-5]?[0-9]",
            "012 :",
            Ordered,
        ),
        shape(
            json!({"type": "year"}),
            "(20[0-2][0-9]|-?000[0-2]|1[0-9]{4})(Z|\\+0[0-9]:00)?",
            "012-Z",
            Ordered,
        ),
        shape(
            json!({"type": "yearmonth"}),
            "(202[0-4]|-0001)-(0[0-9]|1[0-3])(Z|-0[0-9]:00)?",
            "012-Z",
            Ordered,
        ),
        shape(
            json!({"type": "duration"}),
            "-?P([0-2]Y)?([0-3]M|1[0-9]M)?([0-9]D|[23][0-9]D|36[56]D)?(T([0-9]{1,2}H)?([0-9]M)?([0-3](\\.[059]{1,3})?S)?)?",
            "PYMDTHS0123.-",
            Ordered,
        ),
        shape(
            json!({"type": "object"}),
            "\\{\\}| ?\\{\"a\": ?(1|1\\.0|true|\"x\"|\\[1,2\\])(, ?\"bb\":(null|\\{\"c\":2\\}))? ?\\}",
            "{}[],:\" 12tn",
            Lengthy,
        ),
        shape(
            json!({"type": "array"}),
            "\\[ ?((1|1\\.50|-0|\"é\"|\\{\"a\":1\\}|null)(, ?(2|2\\.0|\\[\\]|true)){0,3})? ?\\]",
            "{}[],:\" 12.-tn",
            Lengthy,
        ),
        shape(
            json!({"type": "geopoint"}),
            "-?(1[78]0|90|0|[0-9])(\\.0|\\.01|\\.5)?, ?-?(90|89|0|9)(\\.0|\\.5|\\.001)?",
            "0189.,- ",
            Neither,
        ),
        shape(
            json!({"type": "geopoint", "format": "array"}),
            "\\[(1[78][01]|90|\"5\"), ?-?(90|9[01]|1\\.50)\\]",
            "[]\"0189.,- ",
            Neither,
        ),
        shape(
            json!({"type": "geopoint", "format": "object"}),
            "\\{\"(lon|lat)\": ?(90|1\\.50),\"(lat|lon|x)\":-?[0-9]\\}",
            "{}\"0189.,- :",
            Neither,
        ),
        shape(json!({"type": "list"}), "[ab]{0,2}(,[ab]{0,2}){0,3}", "ab,;", Lengthy),
        shape(
            json!({"type": "list", "itemType": "integer", "delimiter": ";"}),
            "0?[0-3](;[+-]?[0-3]){0,3}",
            "0123;,",
            Lengthy,
        ),
    ]
}

/// How cells of a field are written: like those of others of its type, like its bounds, or not.
#[derive(Clone)]
pub(crate) struct Writing {
    valid: BoxedStrategy<String>,
    named: Vec<String>,
    alphabet: &'static str,
}

impl Writing {
    pub(crate) fn cell(&self) -> BoxedStrategy<Vec<u8>> {
        let valid = match self.named.is_empty() {
            true => self.valid.clone(),
            false => prop_oneof![3 => self.valid.clone(), 1 => select(self.named.clone())].boxed(),
        };
        let letters: Vec<char> = self.alphabet.chars().collect();
        let altered = (valid.clone(), any::<Index>(), select(letters.clone()), 0..3).prop_map(
            |(text, at, letter, how)| {
                let mut chars: Vec<char> = text.chars().collect();
                let at = at.index(chars.len() + 1);
                match how {
                    0 => chars.insert(at, letter),
                    1 if at < chars.len() => chars[at] = letter,
                    _ if at < chars.len() => drop(chars.remove(at)),
                    _ => {}
                }
                chars.into_iter().collect::<String>()
            },
        );
        let jumble = prop::collection::vec(select(letters), 0..8)
            .prop_map(|chars| chars.into_iter().collect::<String>());
        let text = prop_oneof![8 => valid.clone(), 4 => altered, 1 => jumble, 1 => Just(String::new()), 1 => Just("NA".to_owned())];
        let broken = (valid, select(vec![0xff_u8, 0x80, 0xc3])).prop_map(|(text, byte)| {
            let mut bytes = text.into_bytes();
            bytes.push(byte);
            bytes
        });
        prop_oneof![14 => text.prop_map(String::into_bytes), 1 => broken].boxed()
    }
}

fn sometimes<T: std::fmt::Debug + Clone + 'static>(
    strategy: BoxedStrategy<T>,
) -> BoxedStrategy<Option<T>> {
    prop::option::weighted(0.25, strategy).boxed()
}

fn field() -> BoxedStrategy<(Value, Writing)> {
    select(shapes().into_iter().map(Held).collect::<Vec<_>>())
        .prop_flat_map(|Held(shape)| {
            let is_value =
                |field: Value| move |text: &String| crate::model::typed(&field, text).is_some();
            let values =
                shape.valid.clone().prop_filter("a value", is_value(shape.field.clone())).boxed();
            let bound = values
                .clone()
                .prop_filter("NaN bounds nothing", |text| !text.eq_ignore_ascii_case("nan"))
                .boxed();
            let bounds = prop::array::uniform4(sometimes(bound));
            let lengths = (sometimes((0..4_u64).boxed()), sometimes((4..9_u64).boxed()));
            let choices = sometimes(prop::collection::vec(values.clone(), 1..12).boxed());
            let categories = sometimes(prop::collection::vec(values, 1..5).boxed());
            let flags =
                (prop::bool::weighted(0.3), prop::bool::weighted(0.2), prop::bool::weighted(0.15));
            (Just(Held(shape)), bounds, lengths, choices, categories, flags, sometimes(pattern()))
        })
        .prop_map(
            |(
                Held(shape),
                bounds,
                lengths,
                choices,
                categories,
                (required, unique, missing),
                pattern,
            )| {
                let Shape { mut field, valid, alphabet, kind } = shape;
                let mut named: Vec<String> =
                    bounds.iter().flatten().chain(choices.iter().flatten()).cloned().collect();
                named.extend(["", "NA"].map(String::from));
                let mut constraints = json!({});
                if required {
                    constraints["required"] = json!(true);
                }
                if unique {
                    constraints["unique"] = json!(true);
                }
                if missing {
                    field["missingValues"] = json!(["NA", {"value": "-", "label": "none"}]);
                }
                if kind == Order::Ordered {
                    let names = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
                    for (name, bound) in names.into_iter().zip(bounds) {
                        if let Some(bound) = bound {
                            constraints[name] = json!(bound);
                        }
                    }
                }
                if kind == Order::Lengthy {
                    for (name, length) in [("minLength", lengths.0), ("maxLength", lengths.1)] {
                        if let Some(length) = length {
                            constraints[name] = json!(length);
                        }
                    }
                }
                let is_text = matches!(field["type"].as_str(), None | Some("string"));
                if let (Some(pattern), true) = (pattern, is_text) {
                    constraints["pattern"] = json!(pattern);
                }
                let has_categories = is_text || field["type"] == "integer";
                if let (Some(categories), true) = (&categories, has_categories) {
                    field["categories"] = json!(categories);
                    named.extend(categories.iter().cloned());
                } else if let Some(choices) = choices {
                    constraints["enum"] = json!(choices);
                }
                field["constraints"] = constraints;
                (field, Writing { valid, named, alphabet })
            },
        )
        .boxed()
}

/// [`Shape`] with a debug form, which strategies need.
#[derive(Clone)]
struct Held(Shape);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.field)
    }
}

impl std::fmt::Debug for Writing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writing")
    }
}

/// A schema of one to five fields with keys, and rows of about as many cells.
pub(crate) fn tables() -> BoxedStrategy<(Value, Vec<Vec<Vec<u8>>>)> {
    let keys = (sometimes(any::<[Index; 2]>().boxed()), sometimes(any::<[Index; 2]>().boxed()));
    (prop::collection::vec(field(), 1..6), keys, prop::bool::weighted(0.3))
        .prop_flat_map(|(fields, (primary, unique), missing)| {
            let (mut descriptors, writings): (Vec<Value>, Vec<Writing>) =
                fields.into_iter().unzip();
            for (index, descriptor) in descriptors.iter_mut().enumerate() {
                descriptor["name"] = json!(format!("f{index}"));
            }
            let count = descriptors.len();
            let names = |indices: [Index; 2]| {
                let mut names = indices.map(|index| format!("f{}", index.index(count))).to_vec();
                names.dedup();
                names
            };
            let mut schema = json!({"fields": descriptors});
            if let Some(primary) = primary {
                schema["primaryKey"] = json!(names(primary));
            }
            if let Some(unique) = unique {
                schema["uniqueKeys"] = json!([names(unique)]);
            }
            if missing {
                schema["missingValues"] = json!(["", "NA"]);
            }
            let cells: Vec<_> = writings.iter().map(Writing::cell).collect();
            let row = (cells, 0..20_usize).prop_map(|(mut cells, shape)| {
                match shape {
                    0 => cells.truncate(1),
                    1 => drop(cells.pop()),
                    2 => cells.push(b"more".to_vec()),
                    3 => cells = vec![Vec::new()],
                    _ => {}
                }
                cells
            });
            (Just(schema), prop::collection::vec(row, 1..12))
        })
        .boxed()
}
