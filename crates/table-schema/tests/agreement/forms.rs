//! The types in each of their formats, and how values of them are written.

use proptest::prelude::*;
use serde_json::{Value, json};

/// A type with a format, and how to write values of it. Values come from small ranges, so that
/// they are often equal, and often written in another way.
#[derive(Clone)]
pub(crate) struct Shape {
    pub(crate) field: Value,
    pub(crate) valid: BoxedStrategy<String>,
    /// What values are altered with.
    pub(crate) alphabet: &'static str,
    pub(crate) kind: Order,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Order {
    Ordered,
    Lengthy,
    Neither,
}

fn shape(field: Value, valid: &'static str, alphabet: &'static str, kind: Order) -> Shape {
    Shape { field, valid: valid.prop_map(String::from).boxed(), alphabet, kind }
}

pub(crate) fn shapes() -> Vec<Shape> {
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
        shape(
            json!({"type": "string", "identifier": "iban"}),
            "DE89370400440532013000|AT611904300234573201|NO9386011117947|NO[0-9]{13}|\\
             MT84MALT011000012345MTLCAST001S",
            "01379DENOT",
            Lengthy,
        ),
        shape(
            json!({"type": "string", "identifier": "bic"}),
            "[A-D0]{4}(DE|AT|XK)[F0]{2}([X5]{3})?",
            "DEX05a",
            Lengthy,
        ),
        shape(
            json!({"type": "string", "identifier": "luhn"}),
            "79927398713|4111111111111111|[0-9]{2,4}",
            "0123456789-",
            Lengthy,
        ),
        shape(
            json!({"type": "string", "identifier": "lei"}),
            "506700GE1G29325QX363|7LTWFZYICNSX8D621K86|0{16}[A-C0-9]{2}[0-9]{2}",
            "0123G",
            Lengthy,
        ),
        shape(
            json!({"type": "string", "identifier": "isin"}),
            "US0378331005|AU0000XVGZA3|XS0[0-9]{8}[0-9]|US0000000[A-Z][0-9]{2}",
            "0123USA",
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
