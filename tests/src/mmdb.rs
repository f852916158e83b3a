//! Writes small databases in MaxMind's format.
//!
//! Source: <https://maxmind.github.io/MaxMind-DB/>, version 2.0.

use std::net::IpAddr;

use serde_json::{Value, json};

/// What follows the data: the metadata.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";

/// Where one side of a node of the search tree leads to.
#[derive(Clone, Copy)]
enum Side {
    Nothing,
    Node(usize),
    /// An offset in the data.
    Record(usize),
}

/// A database of this type with a record for each network, such as `192.0.2.0/24`; later networks
/// must not contain earlier ones. Its tree is that of IPv6, in which IPv4 stands below `::/96`.
///
/// # Panics
///
/// If a network is none.
pub fn mmdb(kind: &str, built: u32, networks: &[(&str, Value)]) -> Vec<u8> {
    let (mut nodes, mut data) = (vec![[Side::Nothing; 2]], Vec::new());
    for (network, record) in networks {
        let offset = data.len();
        encode("", record, &mut data);
        let (address, length) = network.split_once('/').expect("a network has a length");
        let length: usize = length.parse().expect("it is a number");
        let (bits, length) = match address.parse().expect("it is an address") {
            IpAddr::V4(address) => (u128::from(u32::from(address)), length + 96),
            IpAddr::V6(address) => (u128::from(address), length),
        };
        let mut node = 0;
        for depth in 0..length {
            let side = (bits >> (127 - depth) & 1) as usize;
            if depth + 1 == length {
                nodes[node][side] = Side::Record(offset);
            } else if let Side::Node(next) = nodes[node][side] {
                node = next;
            } else {
                nodes.push([Side::Nothing; 2]);
                nodes[node][side] = Side::Node(nodes.len() - 1);
                node = nodes.len() - 1;
            }
        }
    }
    let mut bytes = Vec::new();
    for side in nodes.iter().flatten() {
        let record = match side {
            Side::Nothing => nodes.len(),
            Side::Node(node) => *node,
            // The separator of 16 zeros stands before the data.
            Side::Record(offset) => nodes.len() + 16 + offset,
        };
        bytes.extend_from_slice(&(record as u32).to_be_bytes()[1..]);
    }
    bytes.extend_from_slice(&[0; 16]);
    bytes.extend_from_slice(&data);
    bytes.extend_from_slice(MARKER);
    let metadata = json!({
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": built,
        "database_type": kind,
        "description": { "en": "made by a test" },
        "ip_version": 6,
        "languages": ["en"],
        "node_count": nodes.len(),
        "record_size": 24,
    });
    encode("", &metadata, &mut bytes);
    bytes
}

/// A value of this name: a control byte with its type and size, and its bytes.
fn encode(name: &str, value: &Value, to: &mut Vec<u8>) {
    const STRING: u8 = 2;
    const U16: u8 = 5;
    const U32: u8 = 6;
    const MAP: u8 = 7;
    const U64: u8 = 9;
    const ARRAY: u8 = 11;
    const BOOLEAN: u8 = 14;
    let mut head = |kind: u8, size: usize| {
        let (small, more) = match size {
            0..29 => (size as u8, Vec::new()),
            29..285 => (29, vec![(size - 29) as u8]),
            _ => (30, ((size - 285) as u16).to_be_bytes().to_vec()),
        };
        match kind {
            // Of an extended type the control byte has none.
            8.. => to.extend([small, kind - 7]),
            _ => to.push(kind << 5 | small),
        }
        to.extend(more);
    };
    match value {
        Value::Bool(value) => head(BOOLEAN, usize::from(*value)),
        Value::String(text) => {
            head(STRING, text.len());
            to.extend_from_slice(text.as_bytes());
        }
        Value::Array(values) => {
            head(ARRAY, values.len());
            values.iter().for_each(|value| encode("", value, to));
        }
        Value::Object(values) => {
            head(MAP, values.len());
            for (name, value) in values {
                encode(name, &Value::String(name.clone()), to);
                encode(name, value, to);
            }
        }
        number => {
            let number = number.as_u64().expect("a number is one");
            // The metadata has its own types.
            let (kind, bytes) = match name {
                "build_epoch" => (U64, 8),
                "ip_version" | "record_size" => (U16, 2),
                "binary_format_major_version" | "binary_format_minor_version" => (U16, 2),
                _ => (U32, 4),
            };
            head(kind, bytes);
            to.extend_from_slice(&number.to_be_bytes()[8 - bytes..]);
        }
    }
}
