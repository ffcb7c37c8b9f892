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

	"gonum.org/v1/plot"
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

// colours tell runtimes apart, also for who sees few colours: neighbours differ in lightness.
var colours = []color.RGBA{
	{0x0b, 0x3c, 0x8c, 255}, {0x5d, 0xa5, 0xe8, 255}, {0x8c, 0x2d, 0x04, 255}, {0xfd, 0x8d, 0x3c, 255}, {0x00, 0x6d, 0x2c, 255},
	{0x74, 0xc4, 0x76, 255}, {0x54, 0x27, 0x8f, 255}, {0xb3, 0x9d, 0xdb, 255}, {0x40, 0x40, 0x40, 255}, {0xa8, 0xa8, 0xa8, 255},
}

// write draws f.
func (f *Figure) write(dir string, png bool) error {
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
	for n, s := range f.Series {
		b := &bars{values: s.Values, floor: floor, at: n, of: len(f.Series), colour: colours[n%len(colours)]}
		p.Add(b)
		p.Legend.Add(s.Label, b)
	}
	p.NominalX(f.Groups...)
	p.X.Min, p.X.Max = -0.5, float64(len(f.Groups))-0.5
	p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size, p.Legend.TextStyle.Font.Size = vg.Points(8), vg.Points(8), vg.Points(8)
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.ThumbnailWidth = vg.Points(9)
	// The legend stands above the bars' room, to the right.
	width := vg.Length(math.Max(17, 3+1.1*float64(len(f.Groups)))) * vg.Centimeter
	legend := p.Legend
	p.Legend = plot.NewLegend()
	height := 9 * vg.Centimeter
	picture := func(c draw.Canvas) {
		right := 3.6 * vg.Centimeter
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
