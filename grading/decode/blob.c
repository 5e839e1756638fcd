/* SPDX-License-Identifier: MIT */

/*
 * Where the bytes come from. Random bytes are of two kinds in turn, because
 * uniform ones hardly ever reach the deep maps: one cell is uniform, the next
 * is shaped as an instruction, with prefixes, an escape and an opcode chosen
 * with even odds before the random rest.
 */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grading/decode/diff.h"

/* xorshift32: the sequence is part of the test, so it is written out. */
static uint32_t
random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static uint8_t
random_byte(uint32_t *state)
{
	return random_next(state) >> 16 & 0xff;
}

/* Writes the beginning of an instruction; returns its length, at most 7. */
static size_t
shape_cell(uint8_t *cell, uint32_t *state)
{
	static const uint8_t prefixes[] = { 0x66, 0xf2, 0xf3, 0x67, 0xf0, 0x2e,
		0x64, 0x65 };
	static const uint8_t escapes[][3] = { { 0 }, { 0x0f }, { 0x0f },
		{ 0x0f, 0x38 }, { 0x0f, 0x3a }, { 0xc4 }, { 0xc5 }, { 0x62 },
		{ 0x8f }, { 0x0f, 0x01 }, { 0x0f, 0xae }, { 0x0f, 0xc7 } };
	uint32_t pick = random_next(state);
	const uint8_t *escape =
		escapes[(pick >> 8) % (sizeof(escapes) / sizeof(escapes[0]))];
	size_t n = 0;

	for (unsigned int i = 0; i < (pick & 3) && pick & 0x40; i++)
		cell[n++] = prefixes[random_byte(state) & 7];
	if (pick & 0x80)
		cell[n++] = 0x40 | (random_byte(state) & 15);
	for (int i = 0; i < 3 && escape[i]; i++)
		cell[n++] = escape[i];
	return n;
}

int
blob_random(struct blob *blob, size_t n, uint32_t seed)
{
	const size_t cell = 16;
	uint32_t state = seed ? seed : 1;
	size_t start;

	blob->bytes = malloc(n + cell);
	if (!blob->bytes)
		return -ENOMEM;
	blob->n = n;
	for (size_t i = 0; i < n; i += cell) {
		start = i / cell & 1 ? shape_cell(blob->bytes + i, &state) : 0;
		for (size_t k = start; k < cell; k++)
			blob->bytes[i + k] = random_byte(&state);
	}
	return 0;
}

/* Finds .text in the section headers; false if file is no such ELF64. */
static bool
elf_find_text(FILE *file, Elf64_Shdr *text)
{
	Elf64_Ehdr ehdr;
	Elf64_Shdr names;
	char name[8] = "";

	if (fread(&ehdr, sizeof(ehdr), 1, file) != 1 ||
		memcmp(ehdr.e_ident, ELFMAG, SELFMAG) != 0 ||
		ehdr.e_machine != EM_X86_64 ||
		ehdr.e_shentsize != sizeof(*text))
		return false;
	if (fseek(file, ehdr.e_shoff + ehdr.e_shstrndx * (long)sizeof(names),
		    SEEK_SET) ||
		fread(&names, sizeof(names), 1, file) != 1)
		return false;
	for (int i = 0; i < ehdr.e_shnum; i++) {
		if (fseek(file, ehdr.e_shoff + i * (long)sizeof(*text),
			    SEEK_SET) ||
			fread(text, sizeof(*text), 1, file) != 1)
			return false;
		if (text->sh_type != SHT_PROGBITS ||
			fseek(file, names.sh_offset + text->sh_name, SEEK_SET))
			continue;
		if (fread(name, 6, 1, file) == 1 && !strcmp(name, ".text"))
			return true;
	}
	return false;
}

int
blob_text(struct blob *blob, size_t offset, size_t n)
{
	FILE *file = fopen(blob->name, "rb");
	Elf64_Shdr text;
	int err = -ENOEXEC;

	if (!file)
		return -errno;
	if (!elf_find_text(file, &text) || text.sh_size <= offset)
		goto out;
	blob->n = text.sh_size - offset < n ? text.sh_size - offset : n;
	blob->bytes = malloc(blob->n);
	err = -ENOMEM;
	if (!blob->bytes)
		goto out;
	err = -EIO;
	if (!fseek(file, text.sh_offset + offset, SEEK_SET) &&
		fread(blob->bytes, 1, blob->n, file) == blob->n)
		err = 0;
	else
		blob_free(blob);
out:
	fclose(file);
	return err;
}

void
blob_free(struct blob *blob)
{
	free(blob->bytes);
	blob->bytes = NULL;
}
