/* certificate.c - names, times and reasons, as a person would say them.
 *
 * Every text of a certificate is the peer's: control characters become '?', and what does not fit
 * ends with "...".
 */
#include "io/certificate_internal.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/x509v3.h>

#include "base/status.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

static void append(char *text, size_t size, const char *more, size_t len)
{
	static const char dots[] = "...";
	size_t used = strlen(text);
	bool fits = used + len < size;

	if (!fits)
		len = size - 1 - used;
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)more[i];

		text[used + i] = (char)(byte < ' ' || byte == 0x7f ? '?' : byte);
	}
	text[used + len] = '\0';
	if (!fits)
		memcpy(text + size - sizeof(dots), dots, sizeof(dots));
}

static void append_listed(char *text, size_t size, const char *item, size_t len)
{
	if (text[0])
		append(text, size, ", ", 2);
	append(text, size, item, len);
}

static struct bw_wall wall_from_asn1(const ASN1_TIME *time)
{
	struct tm parts;

	if (!time || ASN1_TIME_to_tm(time, &parts) != 1)
		return (struct bw_wall){ 0 };
	return (struct bw_wall){ (int64_t)timegm(&parts) * BW_SECOND_US };
}

/* The common name, or the whole name when it has none. */
static void name_text(const X509_NAME *name, char *out, size_t size)
{
	char text[IO_CERTIFICATE_TEXT_MAX];
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

	out[0] = '\0';
	if (at >= 0) {
		const ASN1_STRING *common = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));

		append(out, size, (const char *)ASN1_STRING_get0_data(common),
		       (size_t)ASN1_STRING_length(common));
	} else if (X509_NAME_oneline(name, text, sizeof(text))) {
		append(out, size, text, strlen(text));
	}
}

static void append_alternative(char *out, size_t size, const GENERAL_NAME *name)
{
	char text[INET6_ADDRSTRLEN];
	const unsigned char *data;
	int family;

	if (name->type == GEN_DNS) {
		append_listed(out, size, (const char *)ASN1_STRING_get0_data(name->d.dNSName),
			      (size_t)ASN1_STRING_length(name->d.dNSName));
		return;
	}
	if (name->type != GEN_IPADD)
		return;
	data = ASN1_STRING_get0_data(name->d.iPAddress);
	family = ASN1_STRING_length(name->d.iPAddress) == sizeof(struct in_addr) ? AF_INET
										 : AF_INET6;
	if (family == AF_INET6 && ASN1_STRING_length(name->d.iPAddress) != sizeof(struct in6_addr))
		return;
	if (inet_ntop(family, data, text, sizeof(text)))
		append_listed(out, size, text, strlen(text));
}

static void alternative_names(X509 *leaf, char *out, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		append_alternative(out, size, sk_GENERAL_NAME_value(names, i));
	GENERAL_NAMES_free(names);
}

void io_certificate_fill(struct io_certificate *out, X509 *leaf, STACK_OF(X509) * chain)
{
	*out = (struct io_certificate){ .present = true, .chain_length = 1 };
	out->not_before = wall_from_asn1(X509_get0_notBefore(leaf));
	out->not_after = wall_from_asn1(X509_get0_notAfter(leaf));
	out->chain_not_after = out->not_after;
	if (sk_X509_num(chain) > 0)
		out->chain_length = sk_X509_num(chain);
	for (int i = 0; i < sk_X509_num(chain); i++) {
		struct bw_wall end = wall_from_asn1(X509_get0_notAfter(sk_X509_value(chain, i)));

		if (end.us < out->chain_not_after.us)
			out->chain_not_after = end;
	}
	name_text(X509_get_subject_name(leaf), out->subject, sizeof(out->subject));
	name_text(X509_get_issuer_name(leaf), out->issuer, sizeof(out->issuer));
	alternative_names(leaf, out->alternative_names, sizeof(out->alternative_names));
}

static void count_text(char *out, size_t size, int64_t seconds)
{
	int64_t count = seconds / MINUTE_S;
	const char *unit = "minute";

	if (seconds >= 2 * DAY_S) {
		count = seconds / DAY_S;
		unit = "day";
	} else if (seconds >= 2 * HOUR_S) {
		count = seconds / HOUR_S;
		unit = "hour";
	}
	snprintf(out, size, "%lld %s%s", (long long)count, unit, count == 1 ? "" : "s");
}

static void BW_PRINTF(2, 3) say(struct io_certificate *certificate, const char *format, ...)
{
	char text[2 * IO_CERTIFICATE_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	certificate->verify_error[0] = '\0';
	append(certificate->verify_error, sizeof(certificate->verify_error), text, strlen(text));
}

static void explain_dates(struct io_certificate *certificate, const X509 *which, int depth,
			  struct bw_wall now)
{
	char whose[IO_CERTIFICATE_TEXT_MAX], span[64];
	int64_t ended_s = (now.us - wall_from_asn1(X509_get0_notAfter(which)).us) / BW_SECOND_US;
	int64_t begins_s = (wall_from_asn1(X509_get0_notBefore(which)).us - now.us) / BW_SECOND_US;

	name_text(X509_get_subject_name(which), whose, sizeof(whose));
	if (ended_s >= 0) {
		count_text(span, sizeof(span), ended_s);
		if (depth == 0)
			say(certificate, "certificate expired %s ago", span);
		else
			say(certificate, "certificate of its issuer %s expired %s ago", whose,
			    span);
		return;
	}
	count_text(span, sizeof(span), begins_s);
	if (depth == 0)
		say(certificate, "certificate is valid only in %s", span);
	else
		say(certificate, "certificate of its issuer %s is valid only in %s", whose, span);
}

void io_certificate_explain(struct io_certificate *certificate, X509_STORE_CTX *context,
			    struct bw_wall now)
{
	int reason = X509_STORE_CTX_get_error(context);
	const X509 *which = X509_STORE_CTX_get_current_cert(context);

	switch (reason) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		explain_dates(certificate, which, X509_STORE_CTX_get_error_depth(context), now);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		say(certificate, "self-signed certificate");
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		say(certificate, "its root authority is not trusted here (issuer %s)",
		    certificate->issuer);
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		say(certificate,
		    "issuer %s is not known here (an unknown authority, or the server does not "
		    "send its intermediate certificate)",
		    certificate->issuer);
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		say(certificate, "name does not match: certificate is for %s",
		    certificate->alternative_names[0] ? certificate->alternative_names
						      : certificate->subject);
		break;
	default:
		say(certificate, "%s", X509_verify_cert_error_string(reason));
	}
}
