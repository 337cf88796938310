/* fuzz_dns_answer.c - bytes of a name server: the first chooses the type asked for, the rest is the
 * message. What comes out must keep to the limits of the struct.
 */
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "io/dns_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const types[] = { "A",  "AAAA", "CAA", "CNAME", "MX",
				     "NS", "PTR",  "SOA", "SRV",   "TXT" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct io_dns_answer answer;
	const char *type;

	if (size < 1)
		return 0;
	type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
	if (!io_dns_answer_parse(data + 1, size - 1, io_dns_type_from_text(type), &answer))
		return 0;
	bw_assert(answer.count >= 0 && answer.count <= IO_DNS_ANSWERS_MAX);
	bw_assert(answer.total >= answer.count);
	for (int i = 0; i < answer.count; i++)
		bw_assert(strnlen(answer.text[i], IO_DNS_TEXT_MAX) < IO_DNS_TEXT_MAX);
	return 0;
}
