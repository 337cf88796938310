/* clock.c - vDSO clocks behind the three doors; /proc for boot and namespace, when asked. */
#include "shm/clock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

static int64_t clock_us(clockid_t id)
{
	struct timespec now = { 0 };

	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t now_us(void *arg)
{
	return clock_us(CLOCK_MONOTONIC);
}

static int64_t coarse_us(void *arg)
{
	return clock_us(CLOCK_MONOTONIC_COARSE);
}

static int64_t wall_us(void *arg)
{
	return clock_us(CLOCK_REALTIME);
}

/* Without entropy (an early boot) the clocks' low bits must do: nothing here is a secret. */
static uint64_t random_bits(void)
{
	struct timespec now = { 0 };
	uint64_t bits;

	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) == (ssize_t)sizeof(bits))
		return bits;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	bits = (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 32 ^ (uint64_t)gettid();
	bits *= UINT64_C(0x9e3779b97f4a7c15);
	return bits ^ bits >> 29;
}

static double random_fraction(void *arg)
{
	return (double)(random_bits() >> 11) / (double)(UINT64_C(1) << 53);
}

void bw_clock_system(struct bw_clock *out)
{
	*out = (struct bw_clock){ now_us, coarse_us, wall_us, random_fraction, NULL };
}

/* The two doors that a clock of a user's may leave out take its argument, which they ignore. */
void bw_clock_complete(const struct bw_clock *given, struct bw_clock *out)
{
	bw_clock_system(out);
	if (!given)
		return;
	out->arg = given->arg;
	out->now_us = given->now_us ? given->now_us : now_us;
	out->coarse_us = given->coarse_us ? given->coarse_us : out->now_us;
	if (given->wall_us)
		out->wall_us = given->wall_us;
	if (given->random)
		out->random = given->random;
}

bool bw_clock_is_system(const struct bw_clock *clock)
{
	return clock->now_us == now_us && clock->coarse_us == coarse_us;
}

static void read_boot_id(uint8_t out[16])
{
	char text[64];
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	unsigned digits = 0;

	memset(out, 0, 16);
	if (fd >= 0)
		(void)close(fd);
	for (ssize_t i = 0; i < length && digits < 32; i++) {
		int value = bw_hex_value(text[i]);

		if (value < 0)
			continue;
		out[digits / 2] = (uint8_t)(out[digits / 2] << 4 | value);
		digits++;
	}
}

void bw_clock_origin(const struct bw_clock *clock, struct segment_origin *out)
{
	struct stat about;

	*out = (struct segment_origin){ .epoch_us = clock->now_us(clock->arg),
					.created_wall_us = clock->wall_us(clock->arg) };
	read_boot_id(out->boot_id);
	if (stat("/proc/self/ns/time", &about) == 0)
		out->time_namespace = about.st_ino;
}

uint64_t bw_clock_identity(void)
{
	uint64_t bits;

	do
		bits = random_bits();
	while (bits < 2);
	return bits;
}
