//! Which paths there are, and what may be asked of each. Pure.

use worker_runtime::http::Method;

/// Pages and numbers.
const READ: [&str; 8] =
    ["/", "/queue", "/style.css", "/live.js", "/healthz", "/metrics", "/api/queues", "/api/dead"];
/// Buttons.
const ACTS: [&str; 5] = ["/logout", "/pause", "/resume", "/dead/retry", "/dead/drop"];

/// The methods that a path answers to; none where there is no such path.
pub(super) fn methods(path: &str) -> &'static [Method] {
    if path == "/login" {
        &[Method::GET, Method::HEAD, Method::POST]
    } else if ACTS.contains(&path) {
        &[Method::POST]
    } else if READ.contains(&path) || path.starts_with("/backlog/") {
        &[Method::GET, Method::HEAD]
    } else {
        &[]
    }
}

/// Methods as the header `Allow` has them.
pub(super) fn words(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}

/// Whether a request of this method is a button that was pressed.
pub(super) fn is_an_act(method: &Method) -> bool {
    method == Method::POST
}

/// Whether a path gives nothing but numbers, for programs that ask under any name.
pub(super) fn is_a_number(path: &str) -> bool {
    ["/healthz", "/metrics"].contains(&path) || path.starts_with("/backlog/")
}
