//! What was being done when something went wrong, and what to do where it was not allowed.

use std::fmt;

use crate::Location;

/// What was being done to a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Listing a folder or prefix.
    List,
    /// Looking up size and version.
    Inspect,
    /// Reading content.
    Read,
    /// Writing or publishing content.
    Write,
    /// Deleting.
    Delete,
    /// Making a bucket or folder.
    Make,
}

impl Action {
    /// The permission of an AWS policy that this needs.
    fn permission(self) -> &'static str {
        match self {
            Action::List => "s3:ListBucket",
            Action::Inspect | Action::Read => "s3:GetObject",
            Action::Write => "s3:PutObject",
            Action::Delete => "s3:DeleteObject",
            Action::Make => "s3:CreateBucket",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::List => "list",
            Action::Inspect => "look up",
            Action::Read => "read",
            Action::Write => "write",
            Action::Delete => "delete",
            Action::Make => "make",
        })
    }
}

/// What to do where `action` on `at` was refused; `detail` is the server's or the system's reason.
pub(super) fn denied_remedy(action: Action, at: &Location, detail: &str) -> String {
    if !at.is_s3() {
        return "check the owner and mode of the path, and the user the worker runs as".to_owned();
    }
    let permission = named_permission(detail).unwrap_or(action.permission());
    match action {
        // Without s3:ListBucket, S3 answers 403 for a key that does not exist.
        Action::Inspect | Action::Read if permission.starts_with("s3:Get") => format!(
            "the credentials need {permission} on it, and s3:ListBucket on the bucket to tell a \
             missing object from a forbidden one (a bucket whose readers pay: \
             --s3-request-payer)"
        ),
        Action::Write if permission == "s3:PutObject" => format!(
            "the credentials need {permission} on it, and what the bucket's policy asks for has to \
             be set (--s3-sse, --s3-acl, --s3-tagging, --s3-request-payer)"
        ),
        _ => format!("the credentials need {permission} on it"),
    }
}

/// AWS names what was missing in: "User: ... is not authorized to perform: kms:Decrypt on resource:
/// ...".
fn named_permission(detail: &str) -> Option<&str> {
    let (_, rest) = detail.split_once("not authorized to perform: ")?;
    let name = rest.split([' ', ',', ')']).next()?;
    name.contains(':').then_some(name)
}
