/* test_life.c - one alert against a story of samples: holds by time, by count, m of n, hysteresis,
 * lacks, flapping, and never two hard changes in one instant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/life.h"

#define START_US (1000 * BW_SECOND_US)

struct patient {
	struct alert_rule rule;
	struct life_world world;
	struct alert alert;
	bool begun;
	int64_t now_us;
};

static void admit(struct patient *patient, struct alert_hold hold, struct alert_hold recover)
{
	memset(patient, 0, sizeof(*patient));
	patient->rule = (struct alert_rule){ .name = "r", .hold = hold, .recover = recover };
	patient->world = (struct life_world){ &patient->rule, { true, 50, 25 } };
	patient->now_us = START_US;
}

static char letter(const struct alert *alert)
{
	return "-pFRx"[alert->state];
}

/* 'B' bad, 'G' good, 'H' between the two, 'N' no data that alerts, 'K' a lack that keeps,
 * 'M' missing. */
static struct life_sample sample_of(char what)
{
	return (struct life_sample){
		.bad = what == 'B' || what == 'N' || what == 'M',
		.good = what == 'G',
		.keeps = what == 'K',
		.missing = what == 'M',
		.reason = what == 'B' ? ALERT_BY_CONDITION : ALERT_BY_NO_DATA,
	};
}

static void note(struct patient *patient, char what)
{
	struct life_sample sample = sample_of(what);
	struct bw_wall now = { patient->now_us };
	struct alert earlier = patient->alert;
	bool lives = patient->begun && alert_is_alive(&patient->alert);

	if (!lives && !sample.bad) {
		life_linger(&patient->alert, &patient->world, &sample);
		return;
	}
	if (!lives) {
		patient->alert = (struct alert){ 0 };
		life_begin(&patient->alert, patient->begun ? &earlier : NULL, now);
		patient->begun = true;
	}
	life_note(&patient->alert, &patient->world, &sample, now);
}

/* One sample a second; the letters of the states after each, time passing between included. */
static const char *story(struct patient *patient, const char *samples)
{
	static char states[256];
	size_t i = 0;

	for (; samples[i] != '\0'; i++) {
		struct bw_wall before = { patient->now_us + BW_SECOND_US - 1 };

		note(patient, samples[i]);
		states[i] = letter(&patient->alert);
		if (life_due(&patient->alert, &patient->world).us <= before.us)
			life_step(&patient->alert, &patient->world, before);
		patient->now_us += BW_SECOND_US;
	}
	states[i] = '\0';
	return states;
}

static struct alert_hold seconds(int64_t s)
{
	return (struct alert_hold){ .time_us = s * BW_SECOND_US, .m = 1, .n = 1 };
}

static struct alert_hold count(int m, int n)
{
	return (struct alert_hold){ .m = m, .n = n };
}

static void test_holds(void **state)
{
	static const struct {
		struct alert_hold hold, recover;
		const char *samples, *states;
	} rows[] = {
		{ { 0, 1, 1 }, { 0, 1, 1 }, "GBBGGB", "-FFxxF" },
		{ { 2 * BW_SECOND_US, 1, 1 }, { 0, 1, 1 }, "BBBB", "ppFF" },
		{ { 2 * BW_SECOND_US, 1, 1 }, { 0, 1, 1 }, "BBGBBB", "pp-ppF" },
		{ { 0, 1, 1 }, { 2 * BW_SECOND_US, 1, 1 }, "BGGGG", "FRRxx" },
		{ { 0, 1, 1 }, { 2 * BW_SECOND_US, 1, 1 }, "BGGBGGG", "FRRFRRx" },
		{ { 0, 3, 3 }, { 0, 1, 1 }, "BBGBBBB", "pp-ppFF" },
		{ { 0, 1, 1 }, { 0, 3, 3 }, "BGGBGGG", "FRRFRRx" },
		{ { 0, 3, 5 }, { 0, 1, 1 }, "BGBGB", "ppppF" },
		{ { 0, 3, 5 }, { 0, 1, 1 }, "BGGGB", "ppp-p" },
		{ { 0, 1, 1 }, { 0, 3, 5 }, "BGBGG", "FRRRx" },
		{ { 0, 1, 1 }, { 0, 3, 5 }, "BGBBB", "FRRRF" },
		{ { 2 * BW_SECOND_US, 2, 2 }, { 0, 1, 1 }, "BBBG", "ppFx" },
		/* Hysteresis: between the two limits nothing begins and nothing ends. */
		{ { 0, 1, 1 }, { 0, 1, 1 }, "HBHHG", "-FFFx" },
		{ { 0, 1, 1 }, { 0, 2, 2 }, "BGHGG", "FRFRx" },
		{ { 0, 2, 2 }, { 0, 1, 1 }, "BHBB", "p-pF" },
		/* A lack is never good. */
		{ { 0, 1, 1 }, { 0, 2, 2 }, "BGNGG", "FRFRx" },
		{ { 0, 2, 2 }, { 0, 1, 1 }, "NNG", "pFx" },
		{ { 0, 2, 2 }, { 0, 1, 1 }, "BKKB", "pppF" },
		{ { 2 * BW_SECOND_US, 1, 1 }, { 0, 1, 1 }, "BKKKKB", "pppppF" },
		{ { 0, 1, 1 }, { 2 * BW_SECOND_US, 1, 1 }, "BGKKKG", "FRRRRx" },
		/* What is missing cannot be counted. */
		{ { 0, 3, 3 }, { 0, 1, 1 }, "M", "F" },
		{ { 0, 1, 1 }, { 0, 2, 2 }, "BGM", "FRF" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct patient patient;

		admit(&patient, rows[i].hold, rows[i].recover);
		assert_string_equal(story(&patient, rows[i].samples), rows[i].states);
		alert_finish(&patient.alert);
	}
}

static void test_time_needs_no_sample(void **state)
{
	struct patient patient;
	(void)state;

	admit(&patient, seconds(60), seconds(30));
	note(&patient, 'B');
	assert_int_equal(life_due(&patient.alert, &patient.world).us, START_US + 60 * BW_SECOND_US);
	assert_false(life_step(&patient.alert, &patient.world,
			       (struct bw_wall){ START_US + 60 * BW_SECOND_US - 1 }));
	assert_true(life_step(&patient.alert, &patient.world,
			      (struct bw_wall){ START_US + 60 * BW_SECOND_US }));
	assert_int_equal(patient.alert.state, ALERT_FIRING);
	assert_int_equal(life_due(&patient.alert, &patient.world).us, INT64_MAX);
}

static void test_no_two_hard_changes_in_one_instant(void **state)
{
	struct patient patient;
	struct bw_wall now = { START_US };
	(void)state;

	admit(&patient, seconds(0), seconds(0));
	note(&patient, 'B');
	assert_int_equal(patient.alert.state, ALERT_FIRING);
	note(&patient, 'G');
	assert_int_equal(patient.alert.state, ALERT_RECOVERING);
	assert_false(life_step(&patient.alert, &patient.world, now));
	now.us++;
	assert_true(life_step(&patient.alert, &patient.world, now));
	assert_int_equal(patient.alert.state, ALERT_RESOLVED);
	patient.now_us = now.us;
	note(&patient, 'B');
	assert_int_equal(patient.alert.state, ALERT_PENDING);
	now.us++;
	assert_true(life_step(&patient.alert, &patient.world, now));
	assert_int_equal(patient.alert.state, ALERT_FIRING);
}

static void test_flapping_begins_and_ends_once(void **state)
{
	struct patient patient;
	int begins = 0, ends = 0, resolves_before = 0;
	bool was = false;
	(void)state;

	admit(&patient, seconds(0), seconds(0));
	patient.rule.detects_flapping = true;
	for (int i = 0; i < 80; i++) {
		story(&patient, i < 30 && i % 2 == 0 ? "B" : "G");
		begins += !was && patient.alert.flapping;
		ends += was && !patient.alert.flapping;
		if (patient.alert.flapping)
			assert_true(alert_is_hard_firing(&patient.alert));
		resolves_before += begins == 0 && patient.alert.state == ALERT_RESOLVED;
		was = patient.alert.flapping;
	}
	assert_int_equal(begins, 1);
	assert_int_equal(ends, 1);
	assert_in_range(resolves_before, 1, 10);
	assert_int_equal(patient.alert.state, ALERT_RESOLVED);
	assert_false(flap_has_history(&patient.alert));
}

static void test_recovery_waits_longer_after_flapping(void **state)
{
	struct patient patient;
	(void)state;

	admit(&patient, seconds(0), seconds(10));
	patient.rule.detects_flapping = true;
	note(&patient, 'B');
	patient.alert.flap_rounds = 1;
	assert_string_equal(story(&patient, "BGG"), "FRR");
	/* Three samples now, and twice the time. */
	assert_int_equal(life_due(&patient.alert, &patient.world).us, INT64_MAX);
	story(&patient, "G");
	assert_int_equal(life_due(&patient.alert, &patient.world).us,
			 patient.alert.recovering.us + 20 * BW_SECOND_US);
	story(&patient, "BGGG");
	assert_int_equal(patient.alert.flap_rounds, 2);
	assert_int_equal(life_due(&patient.alert, &patient.world).us,
			 patient.alert.recovering.us + 40 * BW_SECOND_US);
}

static void test_steady_states_change_nothing(void **state)
{
	static const char *const starts[] = { "B", "BBBBBBBB" };
	struct patient patient;
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct life_sample bad = sample_of('B');

		admit(&patient, count((int)i * 2 + 1, (int)i * 4 + 1), seconds(5));
		patient.rule.detects_flapping = true;
		story(&patient, starts[i]);
		assert_int_equal(patient.alert.state, ALERT_FIRING);
		assert_false(life_note(&patient.alert, &patient.world, &bad,
				       (struct bw_wall){ patient.now_us }));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_time_needs_no_sample),
		cmocka_unit_test(test_no_two_hard_changes_in_one_instant),
		cmocka_unit_test(test_flapping_begins_and_ends_once),
		cmocka_unit_test(test_recovery_waits_longer_after_flapping),
		cmocka_unit_test(test_steady_states_change_nothing),
	};

	return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
