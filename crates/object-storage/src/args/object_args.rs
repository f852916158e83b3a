//! What requests say of objects besides their content, where a bucket's policy asks for it.

use std::path::PathBuf;

/// How objects are written, in the words of the AWS command line (`--sse`, `--acl`, ...). Nothing
/// of it is sent unless it is set: the bucket's own defaults hold.
#[derive(clap::Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "S3 storage")]
pub struct ObjectArgs {
    /// Encryption that the server is to write objects with
    #[arg(long = "s3-sse", env = "JOB_WORKER_S3_SSE", value_name = "KIND", ignore_case = true)]
    pub sse: Option<Encryption>,

    /// Key of AWS KMS (id, alias or ARN) that objects are encrypted with; without --s3-sse, that is
    /// aws:kms
    #[arg(
        long = "s3-sse-kms-key-id",
        env = "JOB_WORKER_S3_SSE_KMS_KEY_ID",
        value_name = "KEY",
        conflicts_with = "sse_customer_key_file"
    )]
    pub sse_kms_key_id: Option<String>,

    /// File with a key of your own (SSE-C: 32 bytes, or these in base64), for all objects that are
    /// read and written
    #[arg(
        long = "s3-sse-customer-key-file",
        env = "JOB_WORKER_S3_SSE_CUSTOMER_KEY_FILE",
        value_name = "FILE",
        conflicts_with = "sse"
    )]
    pub sse_customer_key_file: Option<PathBuf>,

    /// Storage class of objects that are written, such as STANDARD_IA
    #[arg(long = "s3-storage-class", env = "JOB_WORKER_S3_STORAGE_CLASS", value_name = "CLASS")]
    pub storage_class: Option<String>,

    /// Canned ACL of objects that are written, such as bucket-owner-full-control
    #[arg(long = "s3-acl", env = "JOB_WORKER_S3_ACL", value_name = "ACL")]
    pub acl: Option<String>,

    /// Tags of objects that are written, as in team=risk&night=true
    #[arg(long = "s3-tagging", env = "JOB_WORKER_S3_TAGGING", value_name = "TAGS")]
    pub tagging: Option<String>,

    /// Pay for the requests to a bucket of somebody else's (requester pays)
    #[arg(long = "s3-request-payer", env = "JOB_WORKER_S3_REQUEST_PAYER")]
    pub request_payer: bool,
}

/// The kinds of encryption by the server with keys that it holds itself, as the header
/// `x-amz-server-side-encryption` names them.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Keys that S3 manages.
    #[value(name = "AES256")]
    Aes256,
    /// Keys of the key management service.
    #[value(name = "aws:kms")]
    Kms,
    /// The same in two layers.
    #[value(name = "aws:kms:dsse")]
    KmsInTwoLayers,
}

impl Encryption {
    /// The value of the header.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Encryption::Aes256 => "AES256",
            Encryption::Kms => "aws:kms",
            Encryption::KmsInTwoLayers => "aws:kms:dsse",
        }
    }
}
