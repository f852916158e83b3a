//! The laws of storage, on local files, on a sound S3 server, on one behind a faulty network, and
//! on any endpoint given by the environment.
//!
//! `make test-s3` runs the last: `cargo test -p system-tests --test s3_suite -- --ignored`, with
//! `AWS_ENDPOINT_URL` and `S3_TEST_BUCKET` set (and keys for it, by any `AWS_*` variables). The
//! bucket must exist; everything is written below `job-workers-test/` in it.

mod bench;
mod content;
mod laws;
mod laws_of_content;
mod laws_of_names;
mod objects;

/// Each law runs twice in the same place: what a first run leaves behind must not change the
/// second.
macro_rules! holds {
    ($law:ident, $bench:ident $(, #[$attribute:meta])?) => {
        #[tokio::test]
        $(#[$attribute])?
        async fn $bench() -> anyhow::Result<()> {
            let bench = crate::bench::$bench(stringify!($law))?;
            for _ in 0..2 {
                crate::laws::$law(&bench).await?;
            }
            bench.finish().await
        }
    };
}

macro_rules! laws_of_storage {
    ($($law:ident)*) => {$(
        mod $law {
            holds!($law, on_local_files);
            holds!($law, on_a_sound_server);
            holds!($law, behind_a_faulty_network);
            holds!(
                $law,
                on_an_endpoint_of_the_environment,
                #[ignore = "needs an S3 server of yours: make test-s3"]
            );
        }
    )*};
}

macro_rules! laws_of_a_server {
    ($($law:ident)*) => {$(
        mod $law {
            holds!($law, on_a_sound_server);
            holds!($law, behind_a_faulty_network);
        }
    )*};
}

laws_of_storage! {
    what_is_put_is_what_is_read
    what_is_uploaded_in_pieces_is_what_is_read
    a_range_is_exactly_its_bytes
    a_blocking_reader_and_upload_move_the_same_bytes
    a_listing_is_complete_and_sorted
    a_folder_holds_what_is_below_its_slash_only
    odd_names_are_kept
    a_second_conditional_publish_is_refused_and_changes_nothing
    an_unconditional_publish_replaces_what_is_there
    what_is_deleted_is_gone_and_deleting_it_again_is_fine
    what_is_not_there_is_told
    an_upload_that_is_not_published_leaves_nothing
    an_entry_that_was_replaced_cannot_be_read
    a_bucket_can_be_made_again
    random_operations_agree_with_a_map
}

laws_of_a_server! {
    of_many_conditional_publishers_exactly_one_wins
    a_missing_bucket_is_told
    wrong_keys_are_told
}
