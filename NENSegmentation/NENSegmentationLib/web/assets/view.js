// A view of the server: shows the pictures it sends with their words, and sends it what the pointer, the wheel and the
// arrow keys do. The words cost no picture: those of a slice come with it, those of the pointer are the answer to a move.
"use strict";

(function () {
  const BUTTONS = ["Left", "Middle", "Right"];
  const ARROWS = { ArrowLeft: "Left", ArrowRight: "Right", ArrowUp: "Up", ArrowDown: "Down" };
  // A notch of a wheel is a step whatever its size; the small moves of a touch pad add up to one.
  const NOTCH_PIXELS = 40;
  const PIXELS_PER_LINE = 16;
  // Two presses no further apart than this are a double click, as in most systems.
  const AGAIN_MS = 500;
  const AGAIN_PIXELS = 4;
  const EDGES = ["left", "right", "top", "bottom"];
  // A pointer so near to the bottom of a view has its words at the top.
  const LOW_PIXELS = 90;

  function session() {
    const connection = window.trame && window.trame.client && window.trame.client.getConnection();
    return connection && connection.getSession();
  }

  const SlicerView = {
    name: "SlicerView",
    props: {
      name: { type: String, required: true },
      title: { type: String, required: true },
      label: { type: String, required: true },
    },

    data: () => ({ legend: {}, lines: [], isLow: false }),

    mounted() {
      this.isInside = false;
      this.lastPress = { time: -AGAIN_MS, x: 0, y: 0 };
      this.waiting = false;
      this.move = null;
      this.steps = 0;
      this.wheelRest = 0;
      this.scale = 1;
      this.drawn = 0;
      this.subscribe();
      this.resized = new ResizeObserver(() => this.sendSize());
      this.resized.observe(this.$el);
      // A connection that was lost comes back as another session, which knows nothing of this view.
      this.watch = setInterval(() => this.subscribe(), 500);
    },

    beforeUnmount() {
      clearInterval(this.watch);
      this.resized.disconnect();
      if (this.session && this.subscription) this.session.unsubscribe(this.subscription);
    },

    methods: {
      subscribe() {
        const now = session();
        if (!now || now === this.session) return;
        this.session = now;
        this.waiting = false;
        this.drawn = 0;
        this.subscription = now.subscribe("nenseg.view.picture", ([picture]) => {
          if (picture.name === this.name) this.draw(picture);
        });
        this.sendSize();
      },

      call(method, ...rest) {
        if (!this.session) return Promise.resolve();
        return this.session.call(method, [this.name, ...rest]).catch(() => undefined);
      },

      // Do something in the view, and show the words for what is under the pointer then.
      async tell(event) {
        this.showLines(await this.call("nenseg.view.event", event));
      },

      showLines(lines) {
        this.lines = this.isInside && lines ? lines : [];
      },

      sendSize() {
        const { width, height } = this.$el.getBoundingClientRect();
        if (width < 1 || height < 1) return;
        this.scale = Math.min(window.devicePixelRatio || 1, 2);
        this.call("nenseg.view.size", Math.round(width * this.scale), Math.round(height * this.scale));
      },

      async draw({ type, content, number, still, legend }) {
        const bitmap = await createImageBitmap(new Blob([content], { type }));
        this.call("nenseg.view.shown", number);
        if (number < this.drawn) return;
        this.drawn = number;
        this.legend = legend;
        const canvas = this.$refs.canvas;
        if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
          canvas.width = bitmap.width;
          canvas.height = bitmap.height;
        }
        canvas.getContext("2d").drawImage(bitmap, 0, 0);
        bitmap.close();
        canvas.dataset.picture = number;
        canvas.dataset.still = still;
        // A picture that changes under a pointer at rest: a lesion that went, another slice.
        if (still && this.isInside) this.showLines(await this.call("nenseg.view.pointed"));
      },

      place(event) {
        const box = this.$el.getBoundingClientRect();
        return {
          x: (event.clientX - box.left) * this.scale,
          y: (box.height - (event.clientY - box.top)) * this.scale,
          shift: event.shiftKey,
          ctrl: event.ctrlKey || event.metaKey,
          alt: event.altKey,
        };
      },

      send(event) {
        this.flush();
        return this.tell(event);
      },

      // Moves and steps of the wheel that come while the server is busy are put together.
      async sendSoon() {
        if (this.waiting) return;
        this.waiting = true;
        while (this.move || this.steps) {
          const sent = this.flush();
          await Promise.race([sent, new Promise((done) => setTimeout(done, 2000))]);
        }
        this.waiting = false;
      },

      flush() {
        const { move, steps } = this;
        this.move = null;
        this.steps = 0;
        const sent = [];
        if (move) sent.push(this.tell({ type: "Move", ...move }));
        if (steps) sent.push(this.tell({ type: "Wheel", steps, ...this.wheelPlace }));
        return Promise.all(sent);
      },

      onMove(event) {
        this.move = this.place(event);
        this.isLow = this.move.y < LOW_PIXELS * this.scale;
        this.sendSoon();
      },

      onDown(event) {
        event.preventDefault();
        this.$refs.canvas.focus({ preventScroll: true });
        this.$refs.canvas.setPointerCapture(event.pointerId);
        const button = BUTTONS[event.button];
        if (button) this.send({ type: this.pressOf(button, event), ...this.place(event) });
      },

      pressOf(button, event) {
        if (button !== "Left") return `${button}Press`;
        const isAgain = this.isNearPress(event) && event.timeStamp - this.lastPress.time < AGAIN_MS;
        // A third press is the first of another pair.
        this.lastPress = { time: isAgain ? -AGAIN_MS : event.timeStamp, x: event.clientX, y: event.clientY };
        return isAgain ? "LeftPressAgain" : "LeftPress";
      },

      isNearPress({ clientX, clientY }) {
        return Math.hypot(clientX - this.lastPress.x, clientY - this.lastPress.y) <= AGAIN_PIXELS;
      },

      onEnter(event) {
        this.isInside = true;
        this.send({ type: "Enter", ...this.place(event) });
      },

      onLeave(event) {
        this.isInside = false;
        this.send({ type: "Leave", ...this.place(event) });
      },

      onUp(event) {
        const button = BUTTONS[event.button];
        // After a drag, or with a key, the next press is the first of another pair: there was no click to take back.
        const isDrag = button === "Left" && !this.isNearPress(event);
        if (isDrag || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) this.lastPress.time = -AGAIN_MS;
        if (button) this.send({ type: `${button}Release`, ...this.place(event) });
      },

      onWheel(event) {
        event.preventDefault();
        const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * PIXELS_PER_LINE;
        if (Math.abs(pixels) >= NOTCH_PIXELS) {
          this.steps -= Math.sign(pixels);
          this.wheelRest = 0;
        } else {
          this.wheelRest += pixels;
          const whole = Math.trunc(this.wheelRest / NOTCH_PIXELS);
          this.steps -= whole;
          this.wheelRest -= whole * NOTCH_PIXELS;
        }
        this.wheelPlace = this.place(event);
        this.sendSoon();
      },

      onKey(event) {
        const key = ARROWS[event.key];
        if (!key || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        this.send({ type: "Key", key });
      },
    },

    render() {
      const { h } = Vue;
      const canvas = h("canvas", {
        ref: "canvas",
        class: "slicer-view",
        tabindex: 0,
        role: "img",
        "aria-label": this.label,
        "data-view": this.name,
        onPointermove: this.onMove,
        onPointerdown: this.onDown,
        onPointerup: this.onUp,
        onPointerenter: this.onEnter,
        onPointerleave: this.onLeave,
        onWheel: this.onWheel,
        onKeydown: this.onKey,
        onContextmenu: (event) => event.preventDefault(),
      });
      const words = (at, lines) =>
        h("div", { class: ["over", at], "aria-hidden": "true" }, lines.map((line) => h("div", line)));
      const shown = [words("corner", [this.title, ...(this.legend.place ? [this.legend.place] : [])])];
      for (const edge of EDGES) if (this.legend[edge]) shown.push(words(edge, [this.legend[edge]]));
      if (this.lines.length) shown.push(words(this.isLow ? "pointed above" : "pointed", this.lines));
      return h("div", { class: "face" }, [canvas, ...shown]);
    },
  };

  window.nensegViews = { install: (app) => app.component("slicer-view", SlicerView) };
})();
