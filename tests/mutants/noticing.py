"""Which tests are to notice a mutant of a module; those that do not come to its line are not tried."""

from __future__ import annotations

TESTS = {
    "ctl/apply/generation.py": [
        "tests/apply/test_generation.py",
        "tests/apply/test_generation_durability.py",
        "tests/apply/test_recovery.py",
        "tests/apply/test_links.py",
        "tests/apply/test_touched.py",
        "tests/apply/test_applied.py",
    ],
    "ctl/operations/serve/lease.py": [
        "tests/operations/serve/test_lease.py",
        "tests/operations/serve/test_lease_steps.py",
        "tests/system/test_readonly.py::test_lease_ends_when_its_holder_is_done",
        "tests/system/test_readonly.py::test_lease_without_the_guard_is_refused_before_pushes_are",
        "tests/system/test_readonly.py::test_second_lease_is_refused",
        "tests/system/test_lease.py",
        "tests/system/test_readonly_unsupervised.py::"
        "test_lease_over_a_registry_that_nobody_looks_after_refuses_pushes",
        "tests/system/test_collect.py::test_every_image_with_a_tag_is_pulled_after_what_it_was_before",
        "tests/system/test_collect.py::test_registry_that_is_stopped_stays_stopped",
        "tests/system/test_collect.py::test_collection_waits_for_a_change_that_is_under_way",
        "tests/system/test_readonly.py::test_lease_cannot_be_suspended_by_a_terminal",
        "tests/system/test_readonly.py::test_lease_that_died_leaves_what_was_asked_for_meanwhile",
        "tests/system/test_readonly.py::test_lease_of_a_machine_that_went_down_ends_at_its_start",
        "tests/system/test_collect_windows.py::test_registry_that_nobody_can_push_to_is_swept_in_one_window",
        "tests/system/test_collect_windows.py::"
        "test_window_that_finds_uploads_under_way_is_tried_again_and_then_given_up",
        "tests/system/test_collect_redis.py::"
        "test_process_that_is_read_only_with_a_cache_is_ended_before_the_sweep",
        "tests/system/test_readonly.py::"
        "test_lease_whose_end_fails_is_ended_by_the_guard_as_soon_as_that_works",
    ],
    "ctl/render/quoting.py": ["tests/render/test_quoting.py", "tests/system/test_quoting.py"],
    "ctl/state/guard.py": [
        "tests/state/test_guard.py",
        "tests/state",
        "tests/system/test_readonly.py::test_lease_ends_when_its_holder_is_done",
        "tests/system/test_exchange.py::"
        "test_link_and_mark_come_to_the_disk_in_an_order_that_a_power_cut_cannot_break",
        "tests/system/test_readonly.py::test_exchange_whose_maker_was_killed_is_ended_by_the_guard",
        "tests/system/test_exchange.py::test_link_that_leads_elsewhere_is_named_by_status_and_mended",
        "tests/system/test_readonly_unsupervised.py",
    ],
    "ctl/storage/engine/mark.py": [
        "tests/storage/test_rules.py",
        "tests/storage/test_scenarios.py",
        "tests/storage/test_signatures.py",
        "tests/storage/test_odd_trees.py",
        "tests/storage/test_damage.py",
        "tests/storage/test_windows.py",
        "tests/storage/test_immovable.py",
        "tests/storage/test_store_links.py",
        "tests/storage/test_usage.py",
        "tests/storage/test_differential.py",
        "tests/storage/test_cache.py",
        "tests/storage/test_sweep.py",
    ],
    "ctl/state/link.py": ["tests/state/test_link.py", "tests/state/test_guard.py"],
    "ctl/state/flock.py": ["tests/state/test_flock.py", "tests/apply/test_lock.py"],
    "ctl/state/readonly.py": [
        "tests/state/test_readonly.py",
        "tests/state/test_guard.py",
        "tests/operations/serve/test_lease_steps.py",
    ],
    "ctl/state/fingerprint.py": [
        "tests/state/test_fingerprint.py",
        "tests/apply",
        "tests/operations/serve/test_due.py",
    ],
    "ctl/apply/manifest.py": ["tests/apply"],
    "ctl/operations/serve/due.py": ["tests/operations/serve/test_due.py", "tests/apply"],
    "ctl/operations/serve/exchange.py": [
        "tests/operations/serve/test_exchange.py",
        "tests/operations/serve/test_exchange_home.py",
        "tests/system/test_readonly.py::test_set_readonly_is_proven_and_survives_everything",
        "tests/system/test_readonly.py::test_exchange_whose_maker_was_killed_is_ended_by_the_guard",
        "tests/system/test_exchange.py::test_exchange_that_nobody_ends_is_ended_by_who_comes_first",
    ],
}
