"""Every fault that sync has to survive, with the test that shows it. A test that is renamed or lost fails this one."""

from __future__ import annotations

import pytest

from tests.property.test_invariants import HISTORIES, PHONES, named

BAD = "tests/sync/test_bad_input.py::test_"
AT_ONCE = "tests/sync/test_people_at_once.py::test_"
KILL = "tests/sync/test_kill.py::test_"
SCOPES = "tests/sync/test_scopes.py::test_"
TROUBLES = "tests/e2e/test_phone_troubles.py::test_"
CLIENT = "pwa/tests/sync.test.ts::"
NETWORK = "pwa/tests/histories/network.ts::"

FAULTS: dict[str, tuple[str, ...]] = {
    # Network
    "lost before the server": (HISTORIES, PHONES, NETWORK + "request_lost"),
    "response lost after commit": (
        "tests/sync/test_two_phones.py::test_a_lost_reply_never_makes_a_second_record",
        NETWORK + "reply_lost",
    ),
    "truncated JSON": (CLIENT + "survives an answer that is cut off", NETWORK + "cut"),
    "a proxy doubles a POST": (
        "tests/sync/test_concurrent_writers.py::test_a_post_doubled_at_the_same_instant_counts_once",
        NETWORK + "doubled",
    ),
    "a late duplicate": ("tests/property/test_histories.py::a_proxy_repeats_an_old_post", NETWORK + "deliverLate"),
    "a captive portal answers 200 with HTML": (
        CLIENT + "is told from a captive portal, whose page is never taken for ours",
        NETWORK + "portal",
    ),
    "success after the client's timeout": (
        CLIENT + "loses nothing and doubles nothing when the answer is lost after the commit",
    ),
    "an upload dies at 95 %": (
        "pwa/tests/states.test.ts::wait when the network is gone half-way",
        "tests/api/test_attachments.py::test_bytes_that_are_not_the_announced_ones_are_refused",
    ),
    "413 and 431 from a gateway": (
        "pwa/tests/http.test.ts::of a gateway in between is understood: too large, busy, come back later",
        CLIENT + "asks for no more than the gateway lets through",
    ),
    "a storm of 429 and 503": (
        CLIENT + "honours Retry-After and never sooner, doubles after failures, and rests after success",
        CLIENT + "still pulls when the push is told to come back later",
    ),
    "a phone in the year 1970": (HISTORIES, "tests/property/people.py::turn_the_clock"),
    "Wi-Fi to 4G in the middle of a page": (PHONES, "tests/property/test_histories.py::pull"),
    # Phone
    "killed between store and screen": (
        "tests/e2e/test_killed_browser.py::test_a_dozen_dead_batteries_in_the_middle_of_saving",
        "pwa/tests/dead_handle.test.ts::stores nothing twice when it dies after the commit, before saying so",
    ),
    "killed between page and cursor": (PHONES, "pwa/tests/histories/faults.ts::the cursor is stored before the page"),
    "two tabs push": (TROUBLES + "two_tabs_that_write_and_sync_at_once_deliver_everything_once",),
    "a page frozen for hours": (TROUBLES + "two_tabs_that_write_and_sync_at_once_deliver_everything_once",),
    "“connection lost” in a transaction": (
        "pwa/tests/dead_handle.test.ts::is opened again, and what was written is stored once",
        "pwa/tests/dead_handle.test.ts::is given up after three failures with a sentence, so that the form stays on the screen",
        "pwa/tests/drafts.test.ts::that cannot be stored stays in memory when it is left, can be exported, and is stored once there is room",
    ),
    "quota exceeded saving text": (
        TROUBLES + "a_full_phone_says_so_in_words_and_keeps_the_text_on_the_screen",
        "pwa/tests/drafts.test.ts::that cannot be stored stays in memory when it is left, can be exported, and is stored once there is room",
    ),
    "quota exceeded saving a photo": ("pwa/tests/dead_handle.test.ts::keeps the photo out and the form open",),
    "evicted with work pending": (
        TROUBLES + "storage_cleared_behind_the_app_is_said_and_everything_delivered_comes_back",
        "pwa/tests/histories/history.ts::storage_is_cleared",
    ),
    "site data cleared": (
        "pwa/tests/session.test.ts::whose storage was cleared says so, and goes on under a number of its own",
    ),
    "a battery dies after “saved”": (
        "tests/e2e/test_killed_browser.py::test_a_dozen_dead_batteries_in_the_middle_of_saving",
    ),
    "a cloned device": (
        "tests/sync/test_numbers.py::test_a_cloned_phone_is_told_and_loses_nothing",
        CLIENT + "takes a new number when its own was used by another, and both phones’ work arrives",
    ),
    # Clock
    "a clock three days ahead, a year behind, jumping back in a visit": (
        AT_ONCE + "a_clock_that_jumps_in_the_middle_of_a_visit_changes_only_what_the_phone_claims",
    ),
    "another time zone": ("pwa/tests/dates.test.ts::is the day in Shanghai wherever the phone thinks it is",),
    "a visit across Friday's midnight": (
        AT_ONCE + "a_visit_across_fridays_midnight_belongs_to_the_day_it_began",
        "pwa/tests/dates.test.ts::is the day in Shanghai wherever the phone thinks it is",
    ),
    # People
    "the same sentence edited by two": (
        TROUBLES + "two_browsers_that_edit_the_same_diary_offline_keep_both_peoples_words",
        "tests/property/test_text_merge.py::test_the_same_sentence_reworded_twice_keeps_mine_and_hands_back_theirs",
    ),
    "the same field, the same value": (AT_ONCE + "the_same_value_written_by_two_is_no_difference",),
    "an edit against a deletion": (
        AT_ONCE + "an_edit_beats_a_deletion_that_did_not_see_it_and_both_are_told",
        AT_ONCE + "a_deletion_that_did_not_see_an_edit_takes_nothing_away",
    ),
    "a chain of five pending edits": (
        AT_ONCE + "five_pending_edits_follow_each_other_over_a_record_that_keeps_changing",
    ),
    "a leader closes while a cadre adds": (
        AT_ONCE + "a_leader_who_closes_does_not_shut_out_what_a_cadre_adds_meanwhile",
    ),
    "the same door registered twice": (
        AT_ONCE + "the_same_door_registered_twice_offline_stands_twice_and_loses_no_visit",
    ),
    "forwarded while edited": (AT_ONCE + "a_request_edited_while_it_is_forwarded_keeps_the_words_and_goes_out_once",),
    "a resident agrees while the cadre marks unresolved": (
        AT_ONCE + "a_resident_who_agrees_while_the_cadre_marks_unresolved_is_heard_and_so_is_the_cadre",
    ),
    # Authority
    "a household moved with six pending visits": (
        SCOPES + "six_visits_to_a_household_that_has_moved_wait_for_the_leaders_in_full",
        TROUBLES + "a_household_that_moved_with_pending_visits_leaves_the_list_and_says_who_has_the_work",
    ),
    "a cadre changes teams with a full outbox": (
        SCOPES + "a_cadre_who_changes_teams_with_a_full_outbox_loses_nothing",
    ),
    "revoked softly": (SCOPES + "a_phone_whose_owner_left_hands_in_its_work_for_seven_days_and_reads_nothing",),
    "revoked for good": (SCOPES + "a_lost_phone_is_refused_and_told_to_wipe",),
    "granted and revoked between two pages": (
        SCOPES + "a_team_granted_and_taken_between_two_pages_leaves_no_row_behind",
    ),
    # Server
    "restored from yesterday": (
        "tests/sync/test_restore.py::test_after_a_restore_from_yesterday_everything_that_phones_hold_is_back_once",
        "pwa/tests/restore.test.ts::gets back what it lost, under the old numbers, once",
    ),
    "kill -9 at any point": (
        KILL + "two_hundred_kills_lose_nothing_and_double_nothing",
        TROUBLES + "a_server_that_dies_in_the_middle_of_a_sync_has_everything_once_afterwards",
    ),
    "disk full": (KILL + "a_full_disk_is_busy_and_the_phone_keeps_everything",),
    "database locked": (KILL + "a_locked_database_is_busy_and_nothing_is_lost",),
    "killed between commit and the call to the platform": (
        "tests/api/test_forwarder_kills.py::test_a_worker_killed_again_and_again_neither_loses_nor_doubles",
    ),
    "lone surrogates, NUL, 10,000-deep JSON": (
        BAD + "bytes_that_a_reader_stumbles_over_reach_only_their_own_mutation",
    ),
    "a diary of a megabyte": (BAD + "a_diary_of_a_megabyte_is_parked_whole_and_the_next_visit_goes_through",),
    "a gzip bomb": ("tests/sync/test_bad_bodies.py::test_a_gzip_bomb_is_not_opened",),
    "a client six months old": (
        "tests/sync/test_old_apps.py::test_what_phones_sent_half_a_year_ago_is_still_taken",
        "tests/e2e/test_new_versions.py::test_an_app_that_is_too_old_says_so_looks_for_the_new_version_and_delivers_all_the_same",
        "pwa/tests/old_app.test.ts::keeps collections and fields it does not know, and goes on with those it does",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_a_test_that_exists(fault: str) -> None:
    assert [reference for reference in FAULTS[fault] if not named(reference)] == []
