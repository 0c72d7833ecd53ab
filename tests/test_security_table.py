"""docs/security.md is true: each danger of the table is held by tests that exist, or stands among what is open."""

import re
from functools import cache
from pathlib import Path

import pytest
from named_tests import known_tests

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/security.md"
DANGERS = tuple(f"S{number}" for number in range(1, 30))
# Which tests hold it. A test that is renamed is renamed here and on the page.
HELD = {
    "S1": (
        "test_webhooks.py::test_a_post_without_a_valid_signature_changes_nothing",
        "test_webhooks.py::test_every_route_is_signed_or_logged_in_or_on_the_short_public_list",
        "test_webhooks.py::test_the_address_is_ours_never_the_hosts",
        "test_webhooks.py::test_webhooks_answer_only_posts",
        "test_two_tokens.py::test_while_it_is_exchanged_either_token_is_believed_and_no_third",
    ),
    "S2": (
        "test_strangers.py::test_no_other_reading_of_a_signed_text_orders_in_anybodys_name",
        "test_webhooks.py::test_signed_nonsense_is_refused_and_leaves_nothing",
        "test_webhooks.py::test_a_text_delivered_twice_is_done_once",
        "test_webhooks.py::test_the_same_key_hours_later_changes_nothing",
        "test_fuzz.py::test_whatever_is_posted_is_answered_or_refused_and_done_once",
    ),
    "S3": (
        "test_story.py::test_an_unknown_caller_reaches_a_person_and_learns_nothing",
        "test_attacks.py::test_the_word_at_the_door_is_never_said_to_whoever_rings_from_her_number",
        "test_certainty.py::test_each_blank_of_each_sentence_stands_in_the_table_and_none_besides",
        "test_certainty.py::test_each_deed_of_the_menus_stands_in_the_table_and_none_besides",
        "test_certainty.py::test_whoever_only_shows_her_number_hears_nothing_of_it",
        "test_certainty.py::test_what_is_called_off_in_a_call_is_told_her_number_by_text",
        "test_certainty.py::test_what_the_network_says_of_a_number_is_kept_and_opens_and_closes_nothing",
        "test_simulation.py::test_whatever_goes_wrong_nothing_is_lost_doubled_or_forgotten",
        "test_forged_words.py::test_what_a_contacts_number_writes_her_away_she_is_told",
        "test_forged_words.py::test_calls_at_night_do_not_ring_a_landline",
    ),
    "S4": (
        "test_certainty.py::test_the_word_at_the_door_is_told_by_ringing_her_and_a_key",
        "test_certainty.py::test_her_telephone_is_rung_for_it_three_times_a_day_and_no_more",
        "test_studio.py::test_a_wrong_pin_opens_nothing_and_three_close_the_door_for_an_hour",
        "test_studio.py::test_the_wrong_pins_of_two_calls_are_counted_together_and_the_right_one_does_not_help_then",
        "test_studio.py::test_a_pin_is_nowhere_once_the_call_is_over",
        "test_studio.py::test_only_a_coordinators_own_number_leads_into_the_studio",
    ),
    "S5": (
        "test_simulation.py::test_whatever_goes_wrong_nothing_is_lost_doubled_or_forgotten",
        "test_masked_calls.py::test_nobody_is_rung_who_must_not_be",
        "test_office_calls.py::test_nobody_is_rung_who_must_not_be_and_the_board_says_why",
        "test_countries.py::test_each_number_is_called_or_not_by_its_country_and_its_kind",
        "test_countries.py::test_whoever_writes_from_wherever_no_text_and_no_call_leaves_for_a_country_that_is_not_called",
        "test_countries.py::test_a_resident_abroad_is_not_texted_staff_see_it_once_and_it_ends_when_the_country_is_added",
        "test_spending.py::test_near_the_limit_staff_are_told_and_at_the_limit_what_can_wait_waits_until_midnight",
        "test_spending.py::test_what_cannot_wait_leaves_all_the_same",
    ),
    "S6": (
        "test_story.py::test_an_unknown_sender_is_answered_once_a_day_and_somebody_rings",
        "test_webhooks.py::test_a_machine_that_answers_us_gets_one_answer_an_hour_and_a_person_looks",
        "test_pace.py::test_two_hundred_texts_keep_the_pace_and_an_urgent_one_behind_them_leaves_next",
        "test_crowds.py::test_of_thousands_of_strangers_so_many_are_answered_and_no_cry_for_help_is_lost",
        "test_crowds.py::test_whoever_writes_nothing_that_we_understand_is_answered_three_times_in_an_hour_and_a_person_reads",
        "test_crowds.py::test_no_number_is_texted_more_than_ten_times_an_hour_or_three_times_with_the_same_words",
        "test_forged_words.py::test_the_words_of_carriers_are_not_answered_again_and_again",
    ),
    "S7": (
        "test_promises.py::test_no_volunteers_offer_can_hold_an_address",
        "test_attacks.py::test_an_address_never_leaves_to_somebody_who_no_longer_holds_the_job",
        "test_while_listening.py::test_an_address_is_not_said_again_to_whom_the_job_was_taken_from",
        "test_returns.py::test_after_three_in_one_day_she_is_asked_no_more_nobody_tells_her_off_and_staff_see_it_once",
        "test_returns.py::test_staff_see_whose_addresses_she_saw_and_say_that_it_is_all_right",
        "test_looks.py::test_which_helper_was_told_her_address_is_known_though_the_job_was_given_back",
    ),
    "S8": (
        "test_delivery.py::test_a_telephone_that_is_no_mobile_after_all_is_rung_and_one_that_is_gone_is_passed_over",
        "test_promises.py::test_no_volunteers_offer_can_hold_an_address",
        "test_still_hers.py::test_after_a_year_of_silence_she_is_asked_once_and_offered_nothing_until_she_says_yes",
        "test_still_hers.py::test_who_says_no_or_is_somebody_else_is_asked_no_more_and_staff_know",
    ),
    "S9": (
        "test_answers_by_text.py::test_a_number_that_is_nobodys_goes_to_a_person",
        "test_attacks.py::test_no_from_whoever_holds_it_is_not_taken_for_giving_it_back",
        "test_attacks.py::test_whoever_says_that_the_yes_was_not_hers_has_the_job_no_more_and_a_person_looks_into_it",
    ),
    "S10": (
        "test_board_login.py::test_guessing_waits_longer_each_time_but_locks_nobody_out",
        "test_board_login.py::test_somebody_elses_guesses_do_not_keep_the_right_person_out",
        "test_board_login.py::test_a_name_guessed_from_everywhere_is_slowed_a_little",
        "test_board_login.py::test_a_wrong_name_or_password_says_the_same",
        "test_second_factor.py::test_with_a_code_set_up_the_password_alone_opens_nothing",
        "test_second_factor.py::test_codes_cannot_be_tried_out",
        "test_passwords.py::test_what_anybody_would_try_first_is_none",
        "test_passwords.py::test_wherever_a_password_is_set_it_is_the_same_rule",
        "test_demanded_codes.py::test_whoever_must_and_has_none_can_do_nothing_else",
        "test_invitations.py::test_a_link_opens_once",
        "test_invitations.py::test_links_cannot_be_tried_out",
        "test_logbook.py::test_many_guesses_at_one_name_are_an_alert_that_ends_by_itself",
        "test_logbook.py::test_a_flood_of_guesses_is_few_rows_and_few_transactions",
        "test_stolen_logins.py::test_codes_are_waited_for_from_however_many_networks_they_are_tried",
        "test_stolen_logins.py::test_passwords_tried_from_all_over_one_network_wait",
        "test_stolen_logins.py::test_of_many_guesses_at_once_only_a_few_are_looked_at",
    ),
    "S11": (
        "test_board_login.py::test_logging_out_ends_the_session_on_the_server_too",
        "test_board_login.py::test_a_session_planted_before_the_login_is_worth_nothing_after_it",
        "test_board_login.py::test_a_login_over_another_one_ends_it_on_the_server_too",
        "test_board_login.py::test_twelve_idle_hours_end_a_login_and_work_keeps_it_alive",
        "test_board_login.py::test_somebody_who_has_left_is_out_at_once",
        "test_every_answer.py::test_behind_https_the_cookie_is_taken_from_this_very_host_only",
        "test_board_settings.py::test_a_new_password_ends_every_session_of_that_person",
        "test_logbook.py::test_a_login_lasts_seven_days_at_most_however_often_it_is_used",
        "test_invitations.py::test_what_was_planted_in_the_browser_is_worth_nothing_after_it",
        "test_provider.py::test_an_answer_that_was_not_asked_for_by_this_browser_opens_nothing",
        "test_stolen_logins.py::test_whoever_is_in_by_the_password_alone_is_out_when_a_code_is_asked_for",
        "test_stolen_logins.py::test_a_coordinators_open_browser_changes_nothing_of_how_she_gets_in",
    ),
    "S12": (
        "test_board_doors.py::test_every_form_needs_its_token",
        "test_board_doors.py::test_looking_changes_nothing",
        "test_every_answer.py::test_a_form_that_another_sites_page_sends_is_refused_though_its_token_is_right",
        "test_exchange_page.py::test_a_foreign_site_cannot_move_anything",
    ),
    "S13": (
        "test_board_stories.py::test_hostile_words_are_only_words",
        "test_board_doors.py::test_no_page_has_script_or_style_of_its_own",
        "test_board_doors.py::test_every_link_leads_to_a_page_of_ours_or_to_a_telephone",
        "test_dangerous_words.py::test_our_scripts_never_write_markup_nor_run_text",
        "test_dangerous_words.py::test_no_template_calls_what_was_typed_safe",
        "test_day_sheets.py::test_what_was_typed_by_people_stays_words",
    ),
    "S14": (
        "test_exports.py::test_nothing_in_a_csv_is_calculated_and_nothing_is_lost",
        "test_exports.py::test_nothing_in_a_workbook_is_a_formula_or_a_link",
        "test_money.py::test_the_month_as_a_file_holds_sums_and_nothing_that_is_calculated",
    ),
    "S15": (
        "test_dangerous_words.py::test_no_sql_is_put_together_from_what_anybody_wrote",
        "test_board_stories.py::test_signs_in_a_search_are_only_signs",
    ),
    "S16": (
        "test_strangers.py::test_a_recording_is_fetched_from_the_carrier_wherever_the_post_says_that_it_lies",
        "test_strangers.py::test_a_link_to_a_recording_is_ours_fresh_and_for_nothing_else",
        "test_board_stories.py::test_a_recording_is_heard_only_by_its_own_community",
        "test_forgetting.py::test_a_recording_that_is_here_is_deleted_at_the_carrier",
        "test_looks.py::test_what_is_hers_is_noted_as_a_look_at_her",
        "test_media_hosts.py::test_only_the_carriers_file_store_in_the_world_outside_is_asked",
        "test_media_hosts.py::test_nobody_within_our_own_network_is_asked",
    ),
    "S17": ("test_board_login.py::test_nobody_is_sent_to_another_site_after_the_login",),
    "S18": (
        "test_fuzz.py::test_whatever_is_posted_is_answered_or_refused_and_done_once",
        "test_webhooks.py::test_an_absurd_caller_gets_a_menu",
        "test_webhooks.py::test_an_absurd_text_is_kept_and_answered_200",
        "test_studio.py::test_no_name_of_a_dish_can_make_a_recording_sound",
    ),
    "S19": (
        "test_fuzz.py::test_whatever_is_posted_is_answered_or_refused_and_done_once",
        "test_studio.py::test_a_pin_is_nowhere_once_the_call_is_over",
        "test_refused_rows.py::test_a_row_that_the_database_refuses_is_not_told_in_the_log",
    ),
    "S20": (
        "test_settings.py::test_with_a_real_carrier_weak_secrets_are_refused",
        "test_settings.py::test_kept_secrets_that_others_may_read_are_closed_again",
        "test_settings.py::test_a_sentence_never_holds_the_database_password",
        "test_doctor.py::test_what_is_wrong_is_found_and_told_with_its_cure",
        "test_board_changes.py::test_no_password_pin_or_private_number_is_kept",
        "test_security.py::test_nothing_is_open_and_the_tool_still_sees",
    ),
    "S21": (
        "test_webhooks.py::test_many_callers_at_once_are_all_served",
        "test_voice_line.py::test_a_machine_that_dials_on_and_on_is_asked_for_a_key_and_then_turned_away_until_it_stops",
        "test_pictures.py::test_fifty_boards_look_at_one_drawing",
        "test_studio.py::test_only_a_coordinator_may_send_so_much",
        "test_slow_clients.py::test_the_line_is_served_while_others_send_and_read_slowly",
        "test_slow_clients.py::test_a_request_is_whole_when_all_of_it_has_come",
    ),
    "S22": (
        "test_board_doors.py::test_each_role_passes_exactly_the_doors_of_the_table",
        "test_board_doors.py::test_another_communitys_things_do_not_exist_here",
        "test_board_doors.py::test_who_only_reads_has_no_door_that_writes",
        "test_board_changes.py::test_what_was_changed_is_told_with_who_when_before_and_after",
        "test_logbook.py::test_who_is_turned_away_at_a_door_is_written_down_with_the_door",
        "test_invitations.py::test_the_link_comes_by_text_and_nobody_reads_it_on_the_board",
        "test_looks.py::test_every_page_with_people_on_it_is_noted_or_says_why_not",
        "test_looks.py::test_whoever_takes_out_a_list_or_a_file_is_in_the_sealed_history",
        "test_looks.py::test_her_page_tells_those_who_answer_for_it_and_nobody_else",
        "test_stolen_logins.py::test_what_is_done_to_a_colleagues_login_is_written_down",
    ),
    "S23": (
        "test_sealing.py::test_an_entry_that_was_changed_is_named",
        "test_sealing.py::test_an_entry_that_was_removed_is_missed",
        "test_sealing.py::test_the_end_that_was_cut_off_is_missed",
        "test_sealing.py::test_a_chain_that_was_made_anew_is_found_out_by_a_seal_that_was_written_down",
        "test_morning.py::test_the_seal_of_the_history_leaves_with_the_morning_and_can_be_looked_up",
        "test_sealing.py::test_a_seal_is_known_in_whatever_way_it_was_kept",
        "test_sealing.py::test_words_cannot_be_replaced_as_if_they_had_been_let_go_of",
        "test_sealing.py::test_nothing_can_be_put_in_the_place_of_words_that_were_let_go_of",
    ),
    "S24": (
        "test_forgetting.py::test_not_a_byte_of_her_is_left_and_what_was_counted_is",
        "test_forgetting.py::test_a_volunteer_is_forgotten_and_what_was_promised_goes_to_others",
        "test_forgetting.py::test_what_is_too_old_goes_and_what_is_not_stays",
        "test_forgetting.py::test_her_own_file_has_all_of_hers_and_nothing_of_whoever_came",
        "test_locked.py::test_nothing_of_it_stands_in_the_database_its_log_or_a_backup",
        "test_locked.py::test_forgotten_is_forgotten_where_it_is_locked_too",
        "test_withdrawing.py::test_nothing_any_more_calls_off_what_is_open_and_regular_and_nobody_rings_or_texts_her",
    ),
    "S25": (
        "test_supplies.py::test_every_line_of_a_lock_names_one_version_and_the_files_that_may_be_installed",
        "test_supplies.py::test_everything_is_installed_with_its_hashes",
        "test_supplies.py::test_no_file_says_from_which_registry",
        "test_supplies.py::test_every_import_is_declared_and_everything_declared_is_used",
        "test_supplies.py::test_every_licence_is_one_of_the_allowed",
        "test_supplies.py::test_the_bill_of_materials_names_exactly_what_the_lock_installs",
    ),
    "S26": (
        "test_every_answer.py::test_every_answer_keeps_browsers_to_https_and_to_what_it_says_it_is",
        "test_every_answer.py::test_nothing_but_our_own_script_and_style_may_be_kept_by_anybody",
        "test_every_answer.py::test_what_answers_while_the_database_is_ill_is_guarded_too",
        "test_board_doors.py::test_the_browser_is_told_to_run_only_ours_and_keep_nothing",
    ),
    "S27": (
        "test_webhooks.py::test_a_fault_of_ours_leaves_a_callback_and_a_kind_word",
        "test_ill_storage.py::test_an_order_is_refused_honestly_and_the_caller_connected",
        "test_board_doors.py::test_an_unforeseen_fault_gets_a_page_without_its_details",
        "test_outbox.py::test_a_text_that_breaks_us_is_parked_and_shown_and_delays_nobody",
    ),
    "S28": (
        "test_practice.py::test_not_well_is_never_practice",
        "test_voice_line.py::test_a_blocked_number_hears_where_help_is_and_nobody_is_rung",
        "test_board_stories.py::test_past_alerts_say_who_had_them_and_how_many_had_nothing_wrong",
        "test_cries.py::test_a_hundred_false_cries_are_a_hundred_alarms_and_one_group",
        "test_cries.py::test_her_page_says_how_many_there_were_this_week_and_how_many_had_nothing_wrong",
        "test_forged_words.py::test_a_cry_from_a_telephone_of_two_is_an_alarm",
        "test_forged_words.py::test_a_second_cry_while_the_first_is_taken_on_is_told",
        "test_forged_words.py::test_stop_under_the_number_of_whoever_is_on_duty_leaves_her_the_alarms",
    ),
    "S29": (
        "test_attacks.py::test_the_word_at_the_door_is_never_said_to_whoever_rings_from_her_number",
        "test_story.py::test_an_errand_with_a_spoken_note_reaches_a_volunteer",
        "test_story.py::test_a_resident_with_a_landline_hears_by_call_who_comes",
    ),
}
# What nothing holds yet, wholly or in part: in the words of the page. Whoever mends it takes it out here and there.
OPEN = {
    "S9": "A forged yes takes a job until the true volunteer, who is told, gives it back: the offer has "
    "no secret sign, for every volunteer would have to write it each time; and no call confirms a yes that is in doubt.",
    "S10": "A fresh installation demands no second factor; `doctor` and the first steps ask for it.",
    "S3": "A forged text under the number of whoever is on duty takes on and settles an alert as hers does; she is told, at her number. A text under a landline is rung back, and if nobody answers nobody else gets to know.",
    "S15": "The tool that tries every field (sqlmap) takes too long for the tests: `scripts/check-security` runs it.",
    "S21": "More than a thousand connections at once are the proxy's, or the provider's, to stop: of one address no fewer are taken than of all.",
    "S23": "If nobody has the morning told by text, the seal leaves only on paper.",
    "S25": "The tests ask no database of known holes: [keeping.md](keeping.md) says how to.",
}


@cache
def rows():
    """The rows of the page: danger → what could be done, what stands against it, the tests, what is missing."""
    lines = re.findall(r"^\| (S\d+) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    return [(danger, [cell.strip() for cell in rest.split(" | ")]) for danger, rest in lines]


def test_every_danger_is_on_the_page_once_and_held_or_open():
    assert [danger for danger, _ in rows()] == list(DANGERS)
    assert set(HELD) | set(OPEN) == set(DANGERS)


@pytest.mark.parametrize("danger", DANGERS)
def test_the_page_says_what_the_tests_hold_and_what_is_open(danger):
    what, against, held, missing = dict(rows())[danger]
    assert what
    assert (against != "–") == (danger in HELD)
    assert re.findall(r"`([^`]+)`", held) == list(HELD.get(danger, ()))
    assert missing == OPEN.get(danger, "")


def test_every_test_that_is_named_exists():
    named = {name for names in HELD.values() for name in names}
    assert len(named) > 60
    assert named - known_tests() == set()
