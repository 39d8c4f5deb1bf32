/* The C API of libfacemat_runtime: mattes of faces from models that `facemat export` wrote or from other alpha sources, and
 * composites under what covers the face.
 *
 * Conventions
 * - Alpha is 1 where the face is visible, 0 where something covers it and outside.
 * - Functions that can fail return fm_status: FM_OK is 0. After any other, fm_last_error() says what was wrong, in one line.
 *   Nothing is written through out-parameters then, unless said so. No exception leaves the library, and it prints nothing.
 * - Objects are opaque. What fm_..._load, _create and _open return is the caller's, who frees it once with the function named
 *   beside it; freeing NULL does nothing; freeing twice, or using what was freed, is undefined, as with free().
 * - Text is UTF-8 and ends in 0. Returned text belongs to the object it came from and lives as long.
 * - Structs of options begin with their size, so that programs and libraries of different ages work together: fill them with
 *   fm_..._options_init, then set what you want. Where options may be NULL the defaults hold.
 *
 * Threads
 * - fm_model never changes: any number of threads may use one at the same time, and any number of streams may share it.
 * - fm_stream remembers its clip: one thread at a time. Different streams are independent.
 * - All other functions may be called from any thread at any time.
 *
 *   fm_model* model = NULL;
 *   fm_stream* stream = NULL;
 *   if (fm_model_load("model.onnx", NULL, &model) || fm_stream_create(model, NULL, &stream)) {
 *     fprintf(stderr, "%s\n", fm_last_error());
 *     return 1;
 *   }
 *   for (each frame of the clip) {
 *     const fm_image frame = {pixels, width, height, 3 * width, FM_RGB8};
 *     fm_image alpha = {matte, width, height, width, FM_GRAY8};
 *     if (fm_stream_predict(stream, &frame, &alpha, NULL)) ...
 *   }
 *   fm_stream_free(stream);
 *   fm_model_free(model);
 */
#ifndef FACEMAT_FACEMAT_H
#define FACEMAT_FACEMAT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define FM_API
#else
#define FM_API __attribute__((visibility("default")))
#endif

/* ---- Versions and errors ---- */

#define FM_VERSION_MAJOR 0
#define FM_VERSION_MINOR 1
#define FM_VERSION_PATCH 0

/* Grows when a program built before would no longer work; it is the number in the library's file name too. */
#define FM_ABI_VERSION 1

/* Of the library that runs: "0.1.0", its FM_ABI_VERSION, and of the ONNX Runtime it found. */
FM_API const char* fm_version(void);
FM_API int32_t fm_abi_version(void);
FM_API const char* fm_onnxruntime_version(void);

typedef enum fm_status {
  FM_OK = 0,
  FM_ERROR_ARGUMENT = 1, /* the call itself is wrong: a null pointer, an image that does not fit */
  FM_ERROR_FAILED = 2,   /* a file, a model or a setting is not as it must be */
  FM_ERROR_MEMORY = 3,   /* there was not enough memory; objects are as they were, but see fm_stream_predict */
  FM_ERROR_INTERNAL = 4  /* a mistake of the library */
} fm_status;

/* What was wrong with the last call in this thread that failed; "" if none has. Valid until the next call that fails. */
FM_API const char* fm_last_error(void);

/* ---- Images ---- */

/* Channels in the order of their bytes. 8 and 16 bits are sRGB from 0 to all bits set, F32 floats from 0 to 1 (sRGB too), in
 * the machine's byte order. Alpha and other weights take the GRAY formats. */
typedef enum fm_format {
  FM_BGR8 = 1,
  FM_RGB8 = 2,
  FM_BGRA8 = 3,
  FM_RGBA8 = 4,
  FM_GRAY8 = 5,
  FM_BGR16 = 6,
  FM_RGB16 = 7,
  FM_BGRA16 = 8,
  FM_RGBA16 = 9,
  FM_GRAY16 = 10,
  FM_BGRF32 = 11,
  FM_RGBF32 = 12,
  FM_BGRAF32 = 13,
  FM_RGBAF32 = 14,
  FM_GRAYF32 = 15
} fm_format;

/* Pixels that the caller owns. Rows go from top to bottom, `stride` bytes from one to the next: at least width times the bytes
 * of a pixel, and a multiple of the bytes of a channel, as is the address of `data`. Sides are 1 to 32767 pixels. */
typedef struct fm_image {
  void* data; /* never written where an image is an input */
  int32_t width, height;
  int64_t stride;
  int32_t format; /* an fm_format */
} fm_image;

/* Bytes of one pixel; 0 for what is no fm_format. */
FM_API int32_t fm_pixel_bytes(int32_t format);

/* ---- Models ---- */

typedef struct fm_model fm_model;

typedef struct fm_model_options {
  uint32_t size;            /* of this struct, set by fm_model_options_init */
  int32_t threads;          /* of one operator; 0 (default): as many as the machine has. With several streams at once: 1 */
  int32_t device;           /* which of the provider's devices; default 0 */
  int32_t reserved;         /* 0 */
  const char* provider;     /* "cpu" (default), another of fm_provider_name(), or "auto": the fastest that works here */
  const char* optimisation; /* of the graph by ONNX Runtime: "none", "basic", "extended", "all" (default) */
} fm_model_options;

/* Defaults. `size`: sizeof(fm_model_options) as the caller knows it. Does nothing for NULL and for sizes below 4. */
FM_API void fm_model_options_init(fm_model_options* options, uint32_t size);

/* Loads and checks an ONNX file with a contract. Files are not trusted: damaged, truncated, oversized and misleading ones are
 * errors, and so is weight data outside the file. */
FM_API fm_status fm_model_load(const char* path, const fm_model_options* options, fm_model** model);
/* The same from memory, which may be freed after. `name` stands for the file's name in messages; NULL: "model". */
FM_API fm_status fm_model_load_memory(const void* bytes, size_t size, const char* name, const fm_model_options* options,
                                      fm_model** model);
/* Streams of the model live on. */
FM_API void fm_model_free(fm_model* model);

/* JSON: "contract" (what the file promises, src/core/contract.h), "provider", "fixed_size" ([width, height] or null),
 * "float16". NULL for a NULL model. */
FM_API const char* fm_model_info(const fm_model* model);
/* What runs it: the provider asked for, or the one that "auto" took. NULL for a NULL model. */
FM_API const char* fm_model_provider(const fm_model* model);
/* 1 if fm_stream_predict gives uncertainty with this model, else 0. */
FM_API int32_t fm_model_has_uncertainty(const fm_model* model);

/* The providers that the ONNX Runtime at hand was built with, the fastest first; "cpu" is always among them. NULL beyond the
 * last. */
FM_API int32_t fm_provider_count(void);
FM_API const char* fm_provider_name(int32_t index);

/* Which providers really ran the operators of one frame of width x height: a provider leaves to the CPU what it cannot do.
 * Loads the model once more and runs it, so this is for diagnosis. Writes JSON such as {"CPUExecutionProvider":37} with its
 * ending 0 into `text`, of `capacity` bytes. */
FM_API fm_status fm_nodes_by_provider(const char* path, const fm_model_options* options, int32_t width, int32_t height,
                                      char* text, size_t capacity);

/* ---- Streams: frames in, mattes out ---- */

typedef struct fm_stream fm_stream;

typedef struct fm_stream_options {
  uint32_t size; /* of this struct, set by fm_stream_options_init */
  int32_t
      max_side; /* longest side the model sees, pixels: larger frames are shrunk and mattes enlarged; 0 (default): no limit */
  int32_t as_trained; /* 1: where max_side is 0, no larger than the model's training pictures; default 0 */
  int32_t stretch;    /* 1: a model of fixed size sees frames stretched to it; 0 (default): fitted in, proportions kept */
  double ratio; /* for models with a ratio input: the share of the size that the network works at; 0 (default): automatic */
  const char* faces; /* how faces are found in a frame: "cascade" (OpenCV's, needs no network), "yunet:FILE.onnx",
                      * "boxes:FILE.csv"; each is followed and shown to the model as a crop, framed and sized as in training,
                      * and its matte laid back; NULL (default): the model sees whole frames. More settings: the kind `faces` of
                      * an alpha source */
  int32_t stills;    /* 1: each frame is a picture of its own: none is remembered, and "cascade" looks for faces at the edge and
                      * leaning heads beside others, too, in several searches; default 0 */
} fm_stream_options;

FM_API void fm_stream_options_init(fm_stream_options* options, uint32_t size);

/* A stream through `model`, which may be freed before it. */
FM_API fm_status fm_stream_create(const fm_model* model, const fm_stream_options* options, fm_stream** stream);
/* A stream through an alpha source: a YAML file such as those in configs/sources (somebody else's network, depth,
 * segmentation). `settings`: `count` assignments as "network.model=SINet.onnx". `threads` as in fm_model_options. */
FM_API fm_status fm_stream_open_source(const char* yaml, const char* const* settings, size_t count, int32_t threads,
                                       fm_stream** stream);
FM_API void fm_stream_free(fm_stream* stream);

/* The matte of the next frame of the clip: any colour format, or grey; more than 8 bits are rounded to 8. Frames of one clip
 * share one size, at least 16x16; a frame of another size starts a new clip. `alpha`: the size of the frame, GRAY8, GRAY16 or
 * GRAYF32. `uncertainty`: likewise, the standard deviation of alpha; NULL where it is not wanted; FM_ERROR_FAILED where the
 * model gives none. The second frame of a clip takes about 0.1 s more where its size is new to a model for any size: on the
 * CPU the graph is prepared for it, which makes the frames after it faster. After FM_ERROR_MEMORY the same frame may be given
 * again and gets the matte it would have had; but a stream that finds faces or goes through an alpha source may have counted it
 * already. */
FM_API fm_status fm_stream_predict(fm_stream* stream, const fm_image* frame, fm_image* alpha, fm_image* uncertainty);

/* What a frame comes with beside its pixels, for models and alpha sources that ask for it: images of the frame's size, NULL
 * where there is none. To carry a hint on from frame to frame give the last frame's alpha. */
typedef struct fm_guides {
  uint32_t size;                /* of this struct, set by fm_guides_init */
  int32_t reserved;             /* 0 */
  const fm_image* trimap;       /* grey, of 255: 0 background, 128 unknown, 255 visible face, and nothing else */
  const fm_image* hint;         /* grey: a rough alpha, such as a mask */
  const fm_image* background;   /* colours: the picture without the foreground */
  const fm_image* segmentation; /* grey: a soft segmentation of the foreground */
} fm_guides;

/* No guides. `size`: sizeof(fm_guides) as the caller knows it. */
FM_API void fm_guides_init(fm_guides* guides, uint32_t size);

/* The guides there are: "trimap", ..., and what they are. NULL beyond the last. */
FM_API int32_t fm_guide_count(void);
FM_API const char* fm_guide_name(int32_t index);
FM_API const char* fm_guide_help(int32_t index);

/* How a stream takes the guide of a name: 2: it needs one with each frame; 1: it looks at one that is given; 0: it does not
 * (and for names that are unknown, and for NULL, which are no failures). Of a model fm_model_info tells it, too. */
FM_API int32_t fm_stream_wish(const fm_stream* stream, const char* guide);

/* As fm_stream_predict, with what the frame comes with (NULL: nothing). FM_ERROR_FAILED where a guide that is needed is
 * missing or a trimap holds other values, FM_ERROR_ARGUMENT for a guide that the stream does not look at, or of another size or
 * format. */
FM_API fm_status fm_stream_predict_given(fm_stream* stream, const fm_image* frame, const fm_guides* guides, fm_image* alpha,
                                         fm_image* uncertainty);

/* A face that was found: the square crop the model saw of it, in pixels of the frame from its upper left corner. This struct
 * does not grow. */
typedef struct fm_face {
  int32_t id;                      /* the same from frame to frame; from 1 */
  int32_t unseen;                  /* frames since the detector saw it: it may be covered */
  double centre_x, centre_y, side; /* of the crop */
  double degrees;                  /* clockwise, by which the crop is turned */
} fm_face;

/* The faces of the last frame, oldest first: writes how many there are to `count`, and up to `capacity` of them to `faces`
 * (which may be NULL). None where the stream looks for none. */
FM_API fm_status fm_stream_faces(const fm_stream* stream, fm_face* faces, size_t capacity, size_t* count);

/* The next frame starts a new clip. */
FM_API fm_status fm_stream_reset(fm_stream* stream);

/* What the stream remembers, so that another one, in another process if need be, goes on with the same bits: a long video can
 * be done in pieces. Writes the number of bytes to `size` and, if `capacity` is enough, the bytes to `buffer`; else that is
 * FM_ERROR_ARGUMENT, or FM_OK if `buffer` is NULL. Streams that find faces or go through alpha sources have no
 * state to save: FM_ERROR_FAILED. */
FM_API fm_status fm_stream_save_state(const fm_stream* stream, void* buffer, size_t capacity, size_t* size);
/* Bytes of fm_stream_save_state into a stream of the same model with the same options. Damage is found; the stream is as it was
 * then. */
FM_API fm_status fm_stream_restore_state(fm_stream* stream, const void* bytes, size_t size);

/* ---- Composites ---- */

typedef struct fm_composite_options {
  uint32_t size;        /* of this struct, set by fm_composite_options_init */
  int32_t linear_light; /* 1: blend amounts of light instead of encoded values; default 0 */
  const char* mode;     /* "standard" (default): the matting equation; "uncertainty": alpha moved where the model is unsure;
                           "recompose": without the share of the old face that shines through what covers it */
  double opacity;       /* of the swap, 0 to 1 (default) */
  const char* uncertain_toward; /* mode "uncertainty": "target" (default) or "swap" */
  double uncertainty_strength;  /* default 0.5 */
  int32_t decontaminate;        /* 1: the swap was made of the target, occluder and all: take only its face; default 0 */
  int32_t erode;                /* pixels taken from the border of the face, negative: added; default 0 */
  double threshold;             /* alpha at or above becomes 1, below 0; 0 (default): off */
  double feather;               /* sigma of a Gaussian over alpha, pixels; 0 (default): off */
} fm_composite_options;

FM_API void fm_composite_options_init(fm_composite_options* options, uint32_t size);

/* `swap` over `target` where the face is visible. target, swap, out: one size, colours of one depth, in any order of channels;
 * of inputs a fourth channel is not looked at, in `out` it is opaque. alpha, uncertainty (NULL but for its mode) and region
 * (NULL: everywhere; multiplies as a local opacity): grey, of that size. `out` may be one of the inputs. */
FM_API fm_status fm_composite(const fm_image* target, const fm_image* swap, const fm_image* alpha, const fm_image* uncertainty,
                              const fm_image* region, const fm_composite_options* options, fm_image* out);

/* ---- Effects: face filters for when no swap is at hand ---- */

/* NULL beyond the last. */
FM_API int32_t fm_effect_count(void);
FM_API const char* fm_effect_name(int32_t index);
FM_API const char* fm_effect_help(int32_t index);

/* Changes the whole frame (colour, 8 bits); fm_composite shows the change on the face only. `out`: colour, 8 bits, the same
 * size; may be the frame. */
FM_API fm_status fm_effect_apply(const char* name, const fm_image* frame, fm_image* out);

#ifdef __cplusplus
}
#endif

#endif /* FACEMAT_FACEMAT_H */
