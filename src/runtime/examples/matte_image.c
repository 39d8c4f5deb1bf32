/* matte_image MODEL IN.ppm OUT.pgm: the matte of one picture, with the C API alone.
 *
 * IN.ppm: binary PPM (P6) with 8 bits, as `ffmpeg -i photo.jpg -pix_fmt rgb24 photo.ppm` writes it. OUT.pgm: binary PGM (P5),
 * white where the face is visible. */

#include <facemat/facemat.h>

#include <stdio.h>
#include <stdlib.h>

/* A whole number of a header, after white space and comments; -1 if there is none. */
static int read_number(FILE* file) {
  int character = fgetc(file), value = -1;
  while (character == ' ' || character == '\n' || character == '\r' || character == '\t' || character == '#') {
    if (character == '#')
      while (character != '\n' && character != EOF) character = fgetc(file);
    character = fgetc(file);
  }
  for (; character >= '0' && character <= '9' && value < 100000; character = fgetc(file))
    value = (value < 0 ? 0 : value) * 10 + (character - '0');
  return value; /* the one character after it, white space, is read too */
}

/* The pixels of a PPM file, for free(); NULL if it is none. */
static unsigned char* read_ppm(const char* path, int* width, int* height) {
  FILE* file = fopen(path, "rb");
  unsigned char* pixels = NULL;
  if (file == NULL) return NULL;
  if (fgetc(file) == 'P' && fgetc(file) == '6') {
    *width = read_number(file);
    *height = read_number(file);
    if (*width >= 1 && *width <= 32767 && *height >= 1 && *height <= 32767 && read_number(file) == 255) {
      const size_t bytes = (size_t)*width * (size_t)*height * 3;
      pixels = malloc(bytes);
      if (pixels != NULL && fread(pixels, 1, bytes, file) != bytes) {
        free(pixels);
        pixels = NULL;
      }
    }
  }
  fclose(file);
  return pixels;
}

/* 1 if the whole file could be written. */
static int write_pgm(const char* path, const unsigned char* pixels, int width, int height) {
  const size_t bytes = (size_t)width * (size_t)height;
  FILE* file = fopen(path, "wb");
  int good;
  if (file == NULL) return 0;
  good = fprintf(file, "P5\n%d %d\n255\n", width, height) > 0 && fwrite(pixels, 1, bytes, file) == bytes;
  return fclose(file) == 0 && good;
}

/* The matte of `pixels` (RGB), for free(); NULL after an error, which fm_last_error() tells. */
static unsigned char* matte_of(const char* model_file, unsigned char* pixels, int width, int height) {
  fm_model* model = NULL;
  fm_stream* stream = NULL;
  unsigned char* matte = malloc((size_t)width * (size_t)height);
  const fm_image frame = {pixels, width, height, (int64_t)width * 3, FM_RGB8};
  fm_image alpha = {matte, width, height, width, FM_GRAY8};
  const int good = fm_model_load(model_file, NULL, &model) == FM_OK && fm_stream_create(model, NULL, &stream) == FM_OK &&
                   fm_stream_predict(stream, &frame, &alpha, NULL) == FM_OK;
  fm_stream_free(stream);
  fm_model_free(model);
  if (good) return matte;
  free(matte);
  return NULL;
}

int main(int count, char** arguments) {
  int width = 0, height = 0, written;
  unsigned char *pixels, *matte;
  if (count != 4) {
    fprintf(stderr, "usage: matte_image MODEL IN.ppm OUT.pgm\n");
    return 2;
  }
  pixels = read_ppm(arguments[2], &width, &height);
  if (pixels == NULL) {
    fprintf(stderr, "%s: no binary PPM file of 8 bits\n", arguments[2]);
    return 1;
  }
  matte = matte_of(arguments[1], pixels, width, height);
  free(pixels);
  if (matte == NULL) {
    fprintf(stderr, "%s\n", fm_last_error());
    return 1;
  }
  written = write_pgm(arguments[3], matte, width, height);
  free(matte);
  if (!written) {
    fprintf(stderr, "%s: cannot be written\n", arguments[3]);
    return 1;
  }
  printf("%s: %dx%d, by facemat %s\n", arguments[3], width, height, fm_version());
  return 0;
}
