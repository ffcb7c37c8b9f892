// Command charts draws the figures of `go run ./bench thesis`: bars by load and runtime, one picture for each
// measure, of small loads and of large ones.
//
//	go run . MEASURED.json DIR
//
// It is a module of its own, so that nobody else needs what it draws with.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Figure is a picture: for each group (a load and an algorithm) a bar of each runtime.
type Figure struct {
	Name, Title, Unit string
	Log               bool // the axis of values is logarithmic
	Groups            []string
	Series            []Series
}

// Series are the bars of one runtime, a value for each group; 0 where there is none.
type Series struct {
	Label  string
	Values []float64
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("charts MEASURED.json DIR [png]")
	}
	if err := run(os.Args[1], os.Args[2], len(os.Args) > 3); err != nil {
		log.Fatal("charts: ", err)
	}
}

func run(file, dir string, png bool) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var figures []Figure
	if err := json.Unmarshal(text, &figures); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(figures) == 0 {
		return errors.New("no figures")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range figures {
		if err := f.write(dir, png); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

// hues are the colours of families of runtimes: those with the same first word. The first one of a family has the
// colour, the others are lighter ones of it.
var hues = []color.RGBA{
	{0x0b, 0x3c, 0x8c, 255}, {0xe6, 0x6a, 0x00, 255}, {0x00, 0x6d, 0x2c, 255}, {0x7a, 0x1f, 0x9c, 255},
	{0xb0, 0x10, 0x30, 255}, {0x00, 0x8b, 0x96, 255}, {0x8a, 0x6d, 0x00, 255}, {0x30, 0x30, 0x30, 255},
}

// colours are those of the series of f.
func (f *Figure) colours() []color.Color {
	var families []string
	list := make([]color.Color, len(f.Series))
	members := map[string]int{}
	for n, s := range f.Series {
		family := strings.FieldsFunc(s.Label, func(r rune) bool { return r == ' ' || r == ',' })[0]
		if members[family] == 0 {
			families = append(families, family)
		}
		hue := hues[slices.Index(families, family)%len(hues)]
		light := min(float64(members[family])*0.19, 0.8)
		members[family]++
		paler := func(c uint8) uint8 { return c + uint8(float64(255-c)*light) }
		list[n] = color.RGBA{paler(hue.R), paler(hue.G), paler(hue.B), 255}
	}
	return list
}

// write draws f.
func (f *Figure) write(dir string, png bool) error {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	p := plot.New()
	p.Title.Text = f.Title
	p.Title.TextStyle.Font.Size = vg.Points(11)
	p.Y.Label.Text = f.Unit
	p.BackgroundColor = color.White
	least, most := math.Inf(1), 0.0
	for _, s := range f.Series {
		for _, v := range s.Values {
			if v > 0 {
				least, most = min(least, v), max(most, v)
			}
		}
	}
	if most == 0 {
		return errors.New("nothing was measured")
	}
	floor := 0.0
	if f.Log {
		floor = math.Pow(10, math.Floor(math.Log10(least)))
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
		most = math.Pow(10, math.Ceil(math.Log10(most*1.01)))
	} else {
		most *= 1.08
	}
	p.Y.Min, p.Y.Max = floor, most
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil
	grid.Horizontal.Color = color.Gray{0xdd}
	p.Add(grid)
	colours := f.colours()
	for n, s := range f.Series {
		b := &bars{values: s.Values, floor: floor, at: n, of: len(f.Series), colour: colours[n]}
		p.Add(b)
		p.Legend.Add(s.Label, b)
	}
	p.NominalX(f.Groups...)
	p.X.Min, p.X.Max = -0.5, float64(len(f.Groups))-0.5
	p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size, p.Legend.TextStyle.Font.Size = vg.Points(8), vg.Points(8), vg.Points(8)
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.ThumbnailWidth, p.Legend.Padding = vg.Points(9), vg.Points(2)
	// The legend stands above the bars' room, to the right.
	width := vg.Length(math.Max(17.5, 6.5+0.13*float64(len(f.Groups)*len(f.Series)))) * vg.Centimeter
	legend := p.Legend
	p.Legend = plot.NewLegend()
	height := 9 * vg.Centimeter
	picture := func(c draw.Canvas) {
		right := 4.1 * vg.Centimeter
		p.Draw(draw.Crop(c, 0, -right, 0, 0))
		legend.Draw(draw.Crop(c, width-right+vg.Points(6), 0, 0, -vg.Points(16)))
	}
	svg := vgsvg.New(width, height)
	picture(draw.New(svg))
	if err := save(filepath.Join(dir, f.Name+".svg"), svg); err != nil {
		return err
	}
	if !png {
		return nil
	}
	image := vgimg.New(width, height)
	picture(draw.New(image))
	return save(filepath.Join(dir, f.Name+".png"), vgimg.PngCanvas{Canvas: image})
}

// bars are those of one runtime.
type bars struct {
	values []float64
	floor  float64
	at, of int
	colour color.Color
}

// Plot implements [plot.Plotter].
func (b *bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for n, v := range b.values {
		if v <= 0 {
			continue
		}
		width := 0.84 / float64(b.of)
		left := float64(n) - 0.42 + width*float64(b.at)
		low, high := y(b.floor), y(math.Max(v, b.floor))
		c.FillPolygon(b.colour, c.ClipPolygonXY([]vg.Point{
			{X: x(left), Y: low}, {X: x(left), Y: high}, {X: x(left + width*0.95), Y: high}, {X: x(left + width*0.95), Y: low},
		}))
	}
}

// Thumbnail implements [plot.Thumbnailer].
func (b *bars) Thumbnail(c *draw.Canvas) {
	c.FillPolygon(b.colour, []vg.Point{c.Min, {X: c.Min.X, Y: c.Max.Y}, c.Max, {X: c.Max.X, Y: c.Min.Y}})
}

// save writes a picture.
func save(path string, c vg.CanvasWriterTo) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = c.WriteTo(f)
	return errors.Join(err, f.Close())
}
