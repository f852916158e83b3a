//! Random schemas, and cells that are valid, nearly valid or anything.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use table_schema::Schema;

use crate::forms::{Order, Shape, shapes};
use crate::patterns::pattern;

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
                forget_contradictions(&mut field);
                (field, Writing { valid, named, alphabet })
            },
        )
        .boxed()
}

/// Bounds that no value is within are refused.
fn forget_contradictions(field: &mut Value) {
    let mut named = field.clone();
    named["name"] = json!("f");
    let schema = json!({"fields": [named]}).to_string();
    let refused = Schema::from_json(schema.as_bytes()).err();
    if refused.is_some_and(|error| error.to_string().contains("no value is within")) {
        let constraints = field["constraints"].as_object_mut().expect("an object");
        constraints.retain(|name, _| !name.to_ascii_lowercase().ends_with("maximum"));
    }
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
