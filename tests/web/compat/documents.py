"""What the documents print: requests for a shell and in JavaScript, copied without a change."""

S1_CURLS = r"""# Create an AI analysis job
curl -X POST http://localhost:3000/api/jobs \
  -H "Content-Type: application/json" \
  -d '{
    "type": "ai-analysis",
    "paperId": "paper-123",
    "providers": ["openai", "anthropic"]
  }'

# Check job status
curl http://localhost:3000/api/jobs/job-id-here

# Get queue status
curl http://localhost:3000/api/jobs

# Health check
curl http://localhost:3000/api/jobs/health
"""

S2_REQUESTS = """\
# Get job queue overview
GET /api/jobs?view=overview

# Get queue statistics
GET /api/jobs?view=queues

# Get performance metrics
GET /api/jobs?view=performance&timeRange=hour

# Get specific queue jobs
GET /api/jobs/paper-processing?view=jobs&status=completed&limit=10

# Create a new job
POST /api/jobs
{
  "type": "paper_processing",
  "data": {
    "paperId": "123",
    "action": "extract_pdf"
  }
}

# Control queue operations
POST /api/jobs/paper-processing
{
  "action": "pause" | "resume" | "drain"
}

# Retry or cancel specific job
POST /api/jobs/paper-processing/job-123
{
  "action": "retry" | "cancel"
}
"""

S3_SUBMIT_BODY = """\
{
  "caseId": "uuid",
  "moduleType": "post_secondary",
  "documentText": "Assessment text...",
  "userId": 123,
  "customerId": "customer-id"
}
"""

S3_CLIENT = """\
// Submit analysis job
async function analyzeAssessment(documentText: string) {
  const response = await fetch('/api/ai-analysis/submit', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      caseId: 'new-case-uuid',
      moduleType: 'post_secondary',
      documentText,
    }),
  });

  const { jobId } = await response.json();

  // Poll for status
  return pollJobStatus(jobId);
}

// Poll job status until complete
async function pollJobStatus(jobId: string): Promise<any> {
  const maxAttempts = 120; // 2 minutes (1 second intervals)
  let attempts = 0;

  while (attempts < maxAttempts) {
    const response = await fetch(`/api/ai-analysis/status/${jobId}`);
    const status = await response.json();

    if (status.status === 'completed') {
      // Get final result
      const resultResponse = await fetch(`/api/ai-analysis/result/${jobId}`);
      return resultResponse.json();
    }

    if (status.status === 'failed') {
      throw new Error(status.error || 'Analysis failed');
    }

    // Update UI with progress
    updateProgress(status.progress);

    // Wait 1 second before next poll
    await new Promise(resolve => setTimeout(resolve, 1000));
    attempts++;
  }

  throw new Error('Analysis timeout');
}

// Update UI with progress
function updateProgress(progress: number) {
  document.getElementById('progress-bar').style.width = `${progress}%`;
  document.getElementById('progress-text').textContent = `${progress}%`;
}
"""

S5_IMPORT = """\
// For large files (>5MB) or when ?async=true
const response = await fetch('/api/admin/import?async=true', {
  method: 'POST',
  body: formData,  // FormData with file
});

const result = await response.json();
console.log('Job ID:', result.data.jobId);
"""

S5_STATUS = """\
const jobStatus = await fetch(`/api/jobs/excel_import/${jobId}`);
const status = await jobStatus.json();

console.log('Progress:', status.data.progress);
console.log('State:', status.data.state);
"""

S5_AI_CONTENT = """\
const aiJob = await fetch('/api/jobs/ai-content', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    termId: 'term-123',
    termName: 'Machine Learning',
    sections: ['Practical Examples', 'Best Practices', 'Code Examples'],
    model: 'gpt-4-turbo-preview',
    priority: 2
  })
});
"""

S5_CACHE_WARM = """\
const cacheJob = await fetch('/api/jobs/cache-warm', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    keys: ['search:machine learning', 'enhanced_term:ml-001'],
    ttl: 3600,
    priority: 4
  })
});
"""

S5_QUEUES = """\
// Get all queue statistics
const stats = await fetch('/api/jobs/queues/stats');

// Pause a queue
await fetch('/api/jobs/queues/excel_import/pause', { method: 'POST' });

// Resume a queue
await fetch('/api/jobs/queues/excel_import/resume', { method: 'POST' });

// Clean old jobs
await fetch('/api/jobs/queues/excel_import/clean', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    grace: 3600000,  // 1 hour
    limit: 1000,
    status: 'completed'
  })
});
"""

S5_CANCEL = """\
// Cancel a specific job
await fetch(`/api/jobs/excel_import/${jobId}`, { method: 'DELETE' });
"""

S5_POLL = """\
// Poll for job progress
async function trackJobProgress(jobType, jobId) {
  const pollInterval = setInterval(async () => {
    const response = await fetch(`/api/jobs/${jobType}/${jobId}`);
    const job = await response.json();

    if (job.data.state === 'completed') {
      console.log('Job completed!', job.data.result);
      clearInterval(pollInterval);
    } else if (job.data.state === 'failed') {
      console.error('Job failed:', job.data.failedReason);
      clearInterval(pollInterval);
    } else {
      console.log(`Progress: ${job.data.progress}%`);
    }
  }, 2000);
}
"""
