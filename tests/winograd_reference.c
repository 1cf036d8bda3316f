// SPDX-License-Identifier: Apache-2.0
// Convolutions as their definition has them, beside what the transforms make of the magnitudes.
#include "winograd_reference.h"

#include <math.h>
#include <string.h>

#define EDGE 6
#define STEP 4
#define TAPS 3

// The matrices of cl/winograd.h in double precision.
struct transforms {
    double a[EDGE][STEP], b[EDGE][EDGE], g[EDGE][TAPS]; // rows: points
};

static struct transforms make_transforms(void)
{
    const double p = 0.625, q = 1.5, p2 = p * p, q2 = q * q;
    const double points[] = {0, p, -p, q, -q};
    struct transforms t = {0};
    for (int i = 0; i < 5; i++) {
        double other = i == 1 || i == 2 ? q2 : p2, x = points[i];
        double scale = i == 0 ? 1 / (p2 * q2) : 1 / (2 * x * x * (x * x - other));
        for (int k = 0; k < STEP; k++)
            t.a[i][k] = pow(x, k);
        for (int k = 0; k < TAPS; k++)
            t.g[i][k] = scale * pow(x, k);
        if (i > 0)
            memcpy(t.b[i], (double[]){0, -x * other, -other, x, 1, 0}, sizeof(t.b[i]));
    }
    memcpy(t.b[0], (double[]){p2 * q2, 0, -p2 - q2, 0, 1, 0}, sizeof(t.b[0]));
    memcpy(t.b[5], (double[]){0, p2 * q2, 0, -p2 - q2, 0, 1}, sizeof(t.b[5]));
    t.a[5][STEP - 1] = t.g[5][TAPS - 1] = 1;
    return t;
}

// y[EDGE, EDGE] = |m| |x| |m|', m [EDGE, n] (n numbers from row to row), x [n, n]
static void spread(const double *m, int n, const double *x, double y[EDGE][EDGE])
{
    for (int i = 0; i < EDGE; i++)
        for (int j = 0; j < EDGE; j++) {
            y[i][j] = 0;
            for (int k = 0; k < n; k++)
                for (int l = 0; l < n; l++)
                    y[i][j] += fabs(m[i * n + k] * x[k * n + l] * m[j * n + l]);
        }
}

// y[n, n] += |m|' s |m|
static void gather(const double *m, int n, double s[EDGE][EDGE], double *y)
{
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++)
            for (int i = 0; i < EDGE; i++)
                for (int j = 0; j < EDGE; j++)
                    y[k * n + l] += fabs(m[i * n + k]) * s[i][j] * fabs(m[j * n + l]);
}

static double *at_w(const struct winograd_problem *p, double *w, size_t f, size_t c)
{
    return w + (f * p->channels + c) * TAPS * TAPS;
}

static double *at_y(const struct winograd_problem *p, double *y, size_t n, size_t i, size_t j)
{
    return y + ((n * p->out[0] + i) * p->out[1] + j) * p->filters;
}

// x of an image at (i, j) counted from the padding, 0 outside.
static double x_at(const struct winograd_problem *p, size_t n, size_t i, size_t j, size_t c)
{
    size_t y = i - p->pad[0], x = j - p->pad[1];
    if (y >= p->size[0] || x >= p->size[1])
        return 0;
    return p->x[((n * p->size[0] + y) * p->size[1] + x) * p->channels + c];
}

typedef void each_term(double x, double *w, double *y);

static void add_to_y(double x, double *w, double *y)
{
    *y += x * *w;
}

static void add_to_w(double x, double *w, double *y)
{
    *w += x * *y;
}

static void directly(const struct winograd_problem *p, each_term *add)
{
    for (size_t n = 0; n < p->batch; n++)
        for (size_t i = 0; i < p->out[0]; i++)
            for (size_t j = 0; j < p->out[1]; j++)
                for (size_t f = 0; f < p->filters; f++)
                    for (size_t c = 0; c < p->channels; c++)
                        for (size_t t = 0; t < TAPS * TAPS; t++)
                            add(x_at(p, n, i + t / TAPS, j + t % TAPS, c), at_w(p, p->w, f, c) + t,
                                at_y(p, p->y, n, i, j) + f);
}

// |B'| |x| |B| of a tile.
static void spread_tile(const struct winograd_problem *p, const struct transforms *t, size_t n,
                        size_t i, size_t j, size_t c, double v[EDGE][EDGE])
{
    double x[EDGE * EDGE];
    for (size_t e = 0; e < EDGE * EDGE; e++)
        x[e] = x_at(p, n, i + e / EDGE, j + e % EDGE, c);
    spread(t->b[0], EDGE, x, v);
}

// size_y of the places of a tile, for one filter.
static void bound_y(const struct winograd_problem *p, const struct transforms *t, size_t n,
                    size_t i, size_t j, size_t f)
{
    double v[EDGE][EDGE], u[EDGE][EDGE], m[EDGE][EDGE] = {{0}}, y[STEP * STEP] = {0};
    for (size_t c = 0; c < p->channels; c++) {
        spread_tile(p, t, n, i, j, c, v);
        spread(t->g[0], TAPS, at_w(p, p->w, f, c), u);
        for (size_t e = 0; e < EDGE * EDGE; e++)
            m[e / EDGE][e % EDGE] += u[e / EDGE][e % EDGE] * v[e / EDGE][e % EDGE];
    }
    gather(t->a[0], STEP, m, y);
    for (size_t e = 0; e < STEP * STEP; e++)
        if (i + e / STEP < p->out[0] && j + e % STEP < p->out[1])
            at_y(p, p->size_y, n, i + e / STEP, j + e % STEP)[f] = y[e];
}

// What a tile adds to size_w, for one filter.
static void bound_w(const struct winograd_problem *p, const struct transforms *t, size_t n,
                    size_t i, size_t j, size_t f)
{
    double v[EDGE][EDGE], d[EDGE][EDGE], s[EDGE][EDGE], y[STEP * STEP] = {0};
    for (size_t e = 0; e < STEP * STEP; e++)
        if (i + e / STEP < p->out[0] && j + e % STEP < p->out[1])
            y[e] = at_y(p, p->y, n, i + e / STEP, j + e % STEP)[f];
    spread(t->a[0], STEP, y, d);
    for (size_t c = 0; c < p->channels; c++) {
        spread_tile(p, t, n, i, j, c, v);
        for (size_t e = 0; e < EDGE * EDGE; e++)
            s[e / EDGE][e % EDGE] = d[e / EDGE][e % EDGE] * v[e / EDGE][e % EDGE];
        gather(t->g[0], TAPS, s, at_w(p, p->size_w, f, c));
    }
}

// Returns the number of tiles.
static size_t find_bounds(const struct winograd_problem *p,
                          void (*bound)(const struct winograd_problem *p,
                                        const struct transforms *t, size_t n, size_t i, size_t j,
                                        size_t f))
{
    struct transforms t = make_transforms();
    size_t tiles = 0;
    for (size_t n = 0; n < p->batch; n++)
        for (size_t i = 0; i < p->out[0]; i += STEP)
            for (size_t j = 0; j < p->out[1]; j += STEP, tiles++)
                for (size_t f = 0; f < p->filters; f++)
                    bound(p, &t, n, i, j, f);
    return tiles;
}

void winograd_find_outputs(const struct winograd_problem *p)
{
    directly(p, add_to_y);
    find_bounds(p, bound_y);
}

size_t winograd_find_weights(const struct winograd_problem *p)
{
    directly(p, add_to_w);
    return find_bounds(p, bound_w);
}
