//! All laws, by their names.

pub(crate) use crate::laws_of_content::{
    a_blocking_reader_and_upload_move_the_same_bytes, a_range_is_exactly_its_bytes,
    a_second_conditional_publish_is_refused_and_changes_nothing,
    an_entry_that_was_replaced_cannot_be_read, an_unconditional_publish_replaces_what_is_there,
    an_upload_that_is_not_published_leaves_nothing,
    of_many_conditional_publishers_exactly_one_wins, random_operations_agree_with_a_map,
    what_is_put_is_what_is_read, what_is_uploaded_in_pieces_is_what_is_read,
};
pub(crate) use crate::laws_of_names::{
    a_bucket_can_be_made_again, a_folder_holds_what_is_below_its_slash_only,
    a_listing_is_complete_and_sorted, a_missing_bucket_is_told, odd_names_are_kept,
    what_is_deleted_is_gone_and_deleting_it_again_is_fine, what_is_not_there_is_told,
    wrong_keys_are_told,
};
