//! What the log promises, held against both backends: each case runs on SQLite and on Postgres.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod support;

/// Makes a test of each case for each backend.
macro_rules! suite {
    ($($module:ident: $($case:ident),+;)+) => {
        mod sqlite {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let place = crate::support::Place::sqlite().await;
                    Box::pin(crate::cases::$module::$case(&place)).await;
                })+
            })+
        }
        mod postgres {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let place = crate::support::Place::postgres().await;
                    Box::pin(crate::cases::$module::$case(&place)).await;
                })+
            })+
        }
    };
}

suite! {
    streams:
        a_stream_grows_only_from_the_version_it_is_at,
        several_streams_move_together_or_not_at_all,
        a_thousand_new_streams_are_one_append,
        a_stream_that_was_looked_at_must_not_have_moved,
        a_kind_that_must_be_quiet_was_quiet,
        one_refused_append_leaves_its_batch_alone,
        concurrent_writers_of_one_stream_lose_nothing,
        a_dropped_caller_stops_nothing,
        impossible_appends_are_defects;
    names:
        a_name_belongs_to_one_owner_until_it_is_given_back,
        a_name_moves_within_one_append,
        racing_for_one_name_has_one_winner,
        the_first_reason_to_refuse_is_told;
    series:
        numbers_have_no_gap_under_many_tasks,
        numbers_have_no_gap_under_several_processes,
        a_refused_append_uses_up_no_number,
        a_label_that_is_taken_is_passed_over,
        series_of_several_tenants_and_forms_share_a_batch,
        labels_and_given_names_in_one_batch_never_collide,
        a_series_ends_at_its_last_value,
        what_another_server_did_meanwhile_counts,
        a_counted_series_fills_nothing,
        fields_are_filled_whatever_stands_around_them;
    keys:
        an_idempotency_key_is_used_once,
        a_forgotten_key_is_free_again,
        racing_for_one_key_has_one_winner;
    reading:
        events_come_back_as_they_went_in,
        a_kinds_next_event_is_found_past_all_others,
        a_tenant_reads_its_own_events_filtered_and_paged,
        a_filtered_read_looks_at_a_bounded_number_of_rows,
        snapshots_keep_the_newest,
        small_values_are_compared_and_set;
    changes:
        each_thing_is_told_once_at_its_last_change,
        a_clock_that_was_wrong_hides_no_change,
        who_asks_again_from_the_last_change_misses_none,
        looking_back_stops_before_what_is_new_enough;
    following:
        a_follower_sees_every_position_in_order_while_processes_write,
        an_append_wakes_watchers_here_and_in_other_processes;
    guarding:
        events_are_never_changed_or_deleted,
        the_identity_is_made_once_by_however_many_processes,
        a_newer_database_is_refused,
        locks_exclude_here_and_between_processes,
        tampering_is_found,
        the_counters_add_up;
    sql:
        statements_happen_together_or_not_at_all,
        values_of_every_type_come_back,
        placeholders_go_by_number,
        migrations_run_once_and_in_order,
        many_readers_and_a_writer_at_once,
        a_dropped_schema_is_gone;
}

/// Not a test of its own: what the other processes of a test run. It does nothing without the variable they are given.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    support::process::run().await;
}
